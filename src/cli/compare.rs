//! What `compare` takes, and what `run` and `simulate` take to do the same at their end.

use super::Format;
use clap::Args;
use std::path::PathBuf;

/// Two sides to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The measure: a run directory, or a folder of several.
    #[arg(value_name = "BASE")]
    pub base: PathBuf,
    /// What is judged: a run directory, or a folder of several.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// What is promised, and what matters.
    #[command(flatten)]
    pub judgement: JudgementArgs,
    /// What goes to standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "OTPDRILL_FORMAT")]
    pub format: Format,
}

/// What a comparison promises, and what matters.
#[derive(Clone, Copy, Debug, Args)]
pub struct JudgementArgs {
    /// How often anything may be called worse if nothing has changed, all lines together.
    #[arg(long, value_name = "X", default_value_t = 0.01, value_parser = probability, env = "OTPDRILL_ALPHA")]
    pub alpha: f64,
    /// The smallest change of a share that matters: 0.01 is a point.
    #[arg(long, value_name = "X", default_value = "0.01", value_parser = part, env = "OTPDRILL_MIN_EFFECT")]
    pub min_effect: f64,
    /// The smallest change of a latency or rate that matters, as a part of it: 0.05 or 5%.
    #[arg(long, value_name = "X", default_value = "5%", value_parser = part, env = "OTPDRILL_MIN_EFFECT_LATENCY")]
    pub min_effect_latency: f64,
    /// By how much the latencies of equal live runs are assumed to differ (one standard deviation), where
    /// there are too few runs to know.
    #[arg(long, value_name = "X", default_value = "5%", value_parser = part, env = "OTPDRILL_RUN_NOISE")]
    pub run_noise: f64,
}

/// The baseline of a run.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// Compares the run with this one at its end, and fails with 11 if it is worse: a run directory or a
    /// folder of several; repeatable (one a line in the environment).
    #[arg(
        long = "baseline",
        value_name = "DIR",
        env = "OTPDRILL_BASELINE",
        value_delimiter = '\n'
    )]
    pub folders: Vec<PathBuf>,
    /// What is promised, and what matters.
    #[command(flatten)]
    pub judgement: JudgementArgs,
}

fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (1e-9..=0.5).contains(number));
    number.ok_or_else(|| "it must be a number above 0, and 0.5 at most".to_owned())
}

/// A number from 0 to 1, or as percent.
fn part(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let number = number.trim().parse::<f64>().ok().map(|number| number / scale);
    let number = number.filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "it must be a number from 0 to 1, or from 0% to 100%".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_number_or_a_percentage() {
        assert_eq!(part("0.02"), Ok(0.02));
        assert_eq!(part("2%"), Ok(0.02));
        assert_eq!(part("10 %"), Ok(0.1));
        for wrong in ["", "x", "-1", "2", "101%", "NaN"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
        assert!(probability("0").is_err() && probability("0.01").is_ok());
    }
}
