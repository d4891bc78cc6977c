use expect_test::expect_file;

use super::{FactorsArgs, FactorsVerb, list, mix, run, show};
use crate::cli::CliError;
use crate::grid::find;

/// Under `cargo test --no-default-features` the row of Electricity Maps is
/// missing, as it should be.
#[cfg(feature = "electricity-maps")]
#[test]
fn france_is_shown_source_by_source() {
    let shown = ["FR", "CA-QC", "US-CA"].map(|code| show::text(&find(code).unwrap()));
    expect_file!["../../../../fixtures/factors/show.txt"].assert_eq(&shown.join("\n"));
}

#[test]
fn bad_input_is_told_from_other_failures() {
    let verbs = [
        FactorsVerb::Show(show::ShowArgs { place: "Frnace".to_owned(), json: false }),
        FactorsVerb::List(list::ListArgs { text: Some("~".to_owned()), cloud: false, json: false }),
        FactorsVerb::Mix(mix::MixArgs {
            shares: vec!["gas=50".to_owned()],
            json: false,
            short: true,
        }),
    ];
    for verb in verbs {
        assert!(matches!(run(&FactorsArgs { verb }), Err(CliError::Input(_))));
    }
}
