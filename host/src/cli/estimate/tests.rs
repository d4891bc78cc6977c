use clap::Parser;
use wattcast_core::units::Utc;

use super::EstimateArgs;
use crate::cli::CliError;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: EstimateArgs,
}

fn asked(words: &[&str]) -> Result<String, CliError> {
    let line = Line::try_parse_from(["estimate"].iter().chain(words)).unwrap();
    let (estimate, elsewhere) = line.args.estimate(Utc::from_us(0))?;
    Ok(super::text::text(&estimate, &elsewhere))
}

#[cfg(feature = "electricity-maps")]
#[test]
fn the_job_is_told_part_by_part_and_place_by_place() {
    let cpu = ["--hours", "3", "--cpu", "AMD EPYC 7763", "--cpus", "64/128", "--load", "80"];
    let site = ["--pue", "1.3", "--zone", "DE", "--tariff", "0.25"];
    let gpu = ["--hours", "12", "--gpu", "A100 x4", "--memory", "256", "--zone", "gcp:us-central1"];
    let compared = ["--hours", "1", "--gpu", "300W", "--intensity", "100", "--compare", "FR,PL"];
    let told = [[cpu.as_slice(), &site].concat(), gpu.to_vec(), compared.to_vec()];
    let told = told.map(|words| asked(&words).unwrap()).join("\n");
    expect_test::expect_file!["../../../../fixtures/factors/estimate.txt"].assert_eq(&told);
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (words, named) in [
        (["--hours", "0"], "--hours"),
        (["--hours", "-1"], "--hours"),
        (["--hours", "NaN"], "--hours"),
        (["--hours", "9e99"], "--hours"),
        (["--cpus", "65/64"], "--cpus"),
        (["--cpus", "0"], "--cpus"),
        (["--load", "101"], "--load"),
        (["--gpu-load", "x"], "--gpu-load"),
        (["--memory", "-3"], "--memory"),
        (["--cpu", "Z80"], "--cpu"),
        (["--gpu", "Voodoo"], "--gpu"),
        (["--zone", "Frnace"], "Frnace"),
        (["--compare", "Frnace"], "Frnace"),
        (["--pue", "0.9"], "--pue"),
        (["--runs", "0"], "--hours"),
    ] {
        let words: Vec<_> = words.iter().map(|word| format!("={word}")).collect();
        let given = format!("{}{}", &words[0][1..], words[1]);
        let all = if given.starts_with("--hours") {
            vec![given.as_str()]
        } else {
            vec!["--hours=1", &given]
        };
        let refused = asked(&all).unwrap_err();
        assert!(matches!(&refused, CliError::Input(line) if line.contains(named)), "{refused}");
    }
}
