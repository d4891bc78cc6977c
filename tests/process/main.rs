//! Real processes under [`wattcast::process`]: what they use, how they end,
//! and what becomes of them.
//!
//! This program is its own helper: it starts itself as a supervisor or as a
//! workload, since a supervisor collects the children of its whole process.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod support;

#[cfg(target_os = "linux")]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        vec![$(libtest_mimic::Trial::test(stringify!($name), || {
            cases::$name();
            Ok(())
        })),*]
    };
}

#[cfg(target_os = "linux")]
fn main() {
    match std::env::var(support::PROGRAM).as_deref() {
        Ok("supervise") => programs::supervise(),
        Ok("account-for-itself") => programs::account_for_itself(),
        Ok(shape) => programs::work(shape),
        Err(_) => {
            support::heed_signals();
            let arguments = libtest_mimic::Arguments::from_args();
            let tests = tests![
                a_thousand_short_children_are_counted,
                threads_children_and_orphans_are_counted,
                children_that_nobody_waits_for_are_counted,
                a_strangers_work_is_not_ours,
                a_program_accounts_for_itself,
                usage_never_steps_back_and_names_the_living,
                exit_codes_are_kept,
                signals_reach_the_command,
                what_was_ignored_stays_ignored,
                the_terminals_interrupt_arrives_once,
                a_stopped_group_continues,
                what_is_left_behind_is_named_and_counted,
                when_killed_the_command_ends_or_goes_on,
                the_guardian_goes_with_the_run_and_holds_nothing_open,
            ];
            libtest_mimic::run(&arguments, tests).exit();
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
