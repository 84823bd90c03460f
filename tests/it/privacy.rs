//! No file and no output has a number or a code in it: a scan of everything that a run, its end by
//! force, `resume` and the stub leave behind.

use crate::program::{alone, fresh, get, otpdrill, pause, stub_process};
use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Long codes and long beginnings of numbers, which no figure has by chance.
const SETS: [&str; 10] = [
    "--set",
    "countries.US.number='+14252240###'",
    "--set",
    "policy.code.length=10",
    "--set",
    "policy.reports='everything'",
    "--set",
    "max_lag='1h'",
    "--set",
    "arrivals.stages.0.constant.duration='60s'",
];

/// How the numbers of the scenario's countries begin, and how many digits they have. A moment in
/// nanoseconds may begin likewise, so the length counts too.
const NUMBERS: [(&str, usize); 2] = [("55119", 13), ("14252240", 11)];

fn all_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all_files(&path, into) } else { into.push(path) }
    }
}

/// Every run of at least ten digits.
fn long_numbers(bytes: &[u8]) -> BTreeSet<String> {
    let runs = bytes.split(|byte| !byte.is_ascii_digit()).filter(|run| 10 <= run.len());
    runs.map(|run| String::from_utf8_lossy(run).into_owned()).collect()
}

#[test]
fn no_file_and_no_output_has_a_number_or_a_code() {
    let _alone = alone();
    let (folder, out) = (fresh("private"), fresh("private-run"));
    fs::create_dir_all(&folder).unwrap();
    let (state, events) = (folder.join("state"), folder.join("events"));
    let arguments = ["--state", state.to_str().unwrap(), "--events-file", events.to_str().unwrap()];
    let mut stub = stub_process("127.0.0.1:0", &arguments);
    let mut said = Vec::new();
    for (nth, kill) in [true, false].into_iter().enumerate() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["run", "tests/it/agreement.toml", "--messages", "--target", &stub.url]);
        command.args(SETS).arg("--out").arg(out.join(nth.to_string()));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        if kill {
            pause(Duration::from_secs(2));
            child.kill().expect("it can be killed");
        }
        let output = child.wait_with_output().expect("it ends");
        said.extend([output.stdout, output.stderr].concat());
    }
    let resumed = otpdrill(&["resume", out.join("0").to_str().unwrap()]);
    said.extend([resumed.stdout, resumed.stderr].concat());
    let codes = sent(&stub.url);
    assert!(codes.len() > 100 && codes.iter().all(|code| code.len() == 10), "{codes:?}");
    stub.stop();
    stub.child.stderr.take().expect("piped").read_to_end(&mut said).expect("readable");
    let mut files = Vec::new();
    all_files(&out, &mut files);
    all_files(&folder, &mut files);
    assert!(files.len() > 40 && files.iter().any(|file| file.ends_with("journal/shard-0.log")));
    let texts = files.iter().map(|file| (file.clone(), fs::read(file).expect("a file")));
    for (file, bytes) in texts.chain([(PathBuf::from("what was said"), said)]) {
        let found = long_numbers(&bytes);
        let codes: Vec<_> = found.intersection(&codes).collect();
        assert!(codes.is_empty(), "{} has codes: {codes:?}", file.display());
        let is_full = |text: &&String| {
            let is = |&(prefix, digits)| text.len() == digits && text.starts_with(prefix);
            NUMBERS.iter().any(is)
        };
        let whole: Vec<_> = found.iter().filter(is_full).collect();
        assert!(whole.is_empty(), "{} has numbers: {whole:?}", file.display());
    }
}

/// The codes in all texts that the stub was sent.
fn sent(url: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = get(url, &format!("/_mock/messages?limit=500{after}"));
        for message in page["messages"].as_array().expect("a list") {
            codes.extend(long_numbers(message["body"].as_str().expect("a text").as_bytes()));
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    codes
}
