//! cron and at: a process group that is stopped and continued by its number,
//! to the minute.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::{Change, Order, quoted, timestamp};

/// What to run at each change.
fn action(order: &Order<'_>, change: Change) -> String {
    let name = order.name;
    let signal =
        |signal: &str| format!("test -e .{name}.pid && kill -s {signal} -- -$(cat .{name}.pid)");
    match change {
        Change::Start => {
            let script = format!("echo $$ > .{name}.pid; {}; rm .{name}.pid", order.shell());
            format!("setsid sh -c {}", quoted(&script))
        }
        Change::Pause => signal("STOP"),
        Change::Resume => signal("CONT"),
    }
}

/// Lines for `crontab -e`, in the time zone of the machine. Each holds in its
/// year alone.
#[must_use]
pub fn cron(order: &Order<'_>, time_zone: &TimeZone) -> String {
    let mut lines = format!("# {}, in the hours of a plan by wattcast\n", order.name);
    for (when, change) in order.changes() {
        let at = timestamp(when).to_zoned(time_zone.clone());
        // A percent sign is a line break to cron.
        let action = action(order, change).replace('%', r"\%");
        let _ = writeln!(
            lines,
            "{} [ \"$(date +\\%Y)\" = {} ] && {action}",
            at.strftime("%-M %-H %-d %-m *"),
            at.year()
        );
    }
    lines
}

/// A shell script that hands each change to `at`, in the time zone of the
/// machine.
#[must_use]
pub fn at(order: &Order<'_>, time_zone: &TimeZone) -> String {
    let mut script =
        String::from("#!/bin/sh\n# Hands a plan to at(1). Written by wattcast.\nset -eu\n");
    for (when, change) in order.changes() {
        let at = timestamp(when).to_zoned(time_zone.clone());
        let action = quoted(&action(order, change));
        let _ = writeln!(script, "echo {action} | at -t {}", at.strftime("%Y%m%d%H%M"));
    }
    script
}
