//! `report.html`: what it says of each kind of run, and that it is sound and always the same.

use crate::{
    markup::assert_sound,
    program::{fresh, otpdrill},
};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// A scenario of these countries at this rate, with more keys at its top and its end.
fn scenario(top: &str, rate: f64, countries: &[&str], end: &str) -> String {
    let mut text = format!(
        "name = \"page\"\nseed = 4\n{top}\narrivals.stages = [{{ constant = {{ rate = {rate}, duration = \"90s\" }} }}]\n"
    );
    for code in countries {
        writeln!(text, "[countries.{code}]\nprofile = \"{code}\"")
            .expect("a string takes everything");
    }
    text + end
}

/// Simulates a scenario and gives its folder and the code that the program ended with.
fn simulated(name: &str, scenario: &str) -> (Option<i32>, PathBuf) {
    let folder = fresh(name);
    let file = fresh(&format!("{name}.toml"));
    fs::write(&file, scenario).expect("written");
    let (file, out) = (file.display().to_string(), folder.display().to_string());
    let output = otpdrill(&["simulate", &file, "--quiet", "--out", &out]);
    assert!(folder.join("summary.json").exists(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), folder)
}

fn page(folder: &Path) -> String {
    fs::read_to_string(folder.join("report.html")).expect("a page")
}

#[track_caller]
fn check_says(html: &str, parts: &[&str]) {
    assert_sound(html);
    for part in parts {
        assert!(html.contains(part), "{part}");
    }
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample")
}

/// Copies the files of a run, but for its page.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("latency")).expect("a folder");
    for sub in ["", "latency"] {
        for entry in fs::read_dir(from.join(sub)).expect("a folder").flatten() {
            if entry.file_type().expect("known").is_file() && entry.file_name() != "report.html" {
                let name = Path::new(sub).join(entry.file_name());
                fs::copy(entry.path(), to.join(name)).expect("copied");
            }
        }
    }
}

#[test]
fn a_copy_elsewhere_renders_to_the_same_bytes_and_names_no_place() {
    let [one, other] = ["report-page-copy", "report-page-copy-further-away"].map(fresh);
    for folder in [&one, &other] {
        copy(&sample(), folder);
        let output = otpdrill(&["report", &folder.display().to_string()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(page(folder), page(&sample()));
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(told.trim_end(), folder.join("report.html").display().to_string());
    }
    assert!(!page(&one).contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn a_failed_run_says_so_first_and_what_was_lost_where() {
    let html = page(&sample());
    check_says(
        &html,
        &[
            "<h1>Campaign report: sample</h1>",
            "Failed: 2 of 3 thresholds hold.",
            "conversion.session{country=BR} &gt; 0.95 does not hold: it was 0.666667 (exit code 10).",
            "176 sessions in 3 countries over 5 min 26 s of simulated time, from Thu 1 Jan 2026, 00:00 UTC.",
            "<span class=\"lost\">18 abandoned · 13 expired · 2 locked out</span>",
            "<span class=\"lost\">19 throttled</span>",
            "19 of 194 attempts were refused for now: 9.8 %.",
            "SendTextMessage quota 2/s",
            "BR (78.9 %), most with Vivo",
            "(coordinated omission)",
            "otpdrill simulate scenario.toml",
        ],
    );
    let verdict = html.find("id=\"answer\"").expect("a verdict");
    let thresholds = html.find("<section id=\"thresholds\"").expect("thresholds");
    assert!(thresholds < html.find("<section id=\"funnel\"").expect("a funnel"));
    assert!(verdict < thresholds);
}

#[test]
fn a_good_run_is_rendered_again_to_the_same_bytes() {
    let top = "thresholds = [\"conversion.message > 0.5\"]";
    let (code, folder) = simulated("report-page-good", &scenario(top, 4.0, &["BR", "IN"], ""));
    assert_eq!(code, Some(0));
    let written = page(&folder);
    check_says(&written, &["Passed: its threshold holds.", "Nothing: every call was answered"]);
    fs::write(folder.join("report.html"), "stale").expect("written");
    let output = otpdrill(&["report", &folder.display().to_string(), "--quiet"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert_eq!(page(&folder), written);
    let again = simulated("report-page-again", &scenario(top, 4.0, &["BR", "IN"], ""));
    assert_eq!(page(&again.1), written, "two simulations of one seed");
}

#[test]
fn a_run_without_a_message_has_a_page_without_figures_that_do_not_exist() {
    let top = "thresholds = [\"conversion.message > 0.5\"]";
    let (code, folder) = simulated("report-page-none", &scenario(top, 1e-9, &["BR"], ""));
    assert_eq!(code, Some(10));
    check_says(
        &page(&folder),
        &[
            "Failed: its threshold does not hold.",
            "0 sessions in 1 country",
            "There were none.",
            "No message expected feedback.",
            "Nobody arrived, so there is nothing to draw.",
            "Nothing was called, so there is no latency.",
            "Nobody verified a number.",
        ],
    );
}

#[test]
fn events_and_stages_and_faults_are_marked_over_time() {
    let stage = |rate: &str| format!("{{ constant = {{ rate = {rate}, duration = \"60s\" }} }}");
    let text = format!(
        "name = \"marks\"\nseed = 4\nspeed = 2.0\n[arrivals]\nstages = [{}, {}]\n\
         [[arrivals.outages]]\nname = \"app-down\"\nfrom = \"70s\"\nuntil = \"90s\"\n\
         [countries.BR]\nprofile = \"BR\"\n\
         [[service.faults]]\nkind = \"throttle\"\nfrom_s = 10\nuntil_s = 30\n",
        stage("3.0"),
        stage("6.0")
    );
    let (_, folder) = simulated("report-page-marks", &text);
    check_says(
        &page(&folder),
        &[
            "<li>Stage 1: 3 sessions/s <span class=\"when\">Thu 1 Jan 00:00:00</span></li>",
            "<li>Fault: throttle <span class=\"when\">Thu 1 Jan 00:00:10 to Thu 1 Jan 00:00:30</span></li>",
            "<li>Stage 2: 6 sessions/s <span class=\"when\">Thu 1 Jan 00:01:00</span></li>",
            "<li>app-down (outage) <span class=\"when\">Thu 1 Jan 00:01:10 to Thu 1 Jan 00:01:30</span></li>",
            "class=\"while\"",
            "Sends throttled",
        ],
    );
}

#[test]
fn a_long_list_of_countries_is_folded_behind_sixty_bars() {
    let folder = fresh("report-page-many");
    copy(&sample(), &folder);
    let conversion = fs::read_to_string(folder.join("conversion.csv")).expect("a table");
    let (head, rest) = conversion.split_once('\n').expect("a head");
    let (row, total) = (rest.lines().nth(1).expect("DE"), rest.lines().last().expect("TOTAL"));
    let rows = (0..200_u8).map(|nth| {
        let code = [b'A' + nth / 26, b'A' + nth % 26].map(char::from);
        row.replacen("DE", &String::from_iter(code), 1)
    });
    let rows: Vec<String> = rows.collect();
    fs::write(folder.join("conversion.csv"), format!("{head}\n{}\n{total}\n", rows.join("\n")))
        .expect("written");
    let output = otpdrill(&["report", &folder.display().to_string(), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let html = page(&folder);
    check_says(
        &html,
        &["<summary>140 more</summary>", "<summary>All figures by country</summary>"],
    );
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn what_a_scenario_is_called_never_becomes_markup() {
    let evil = "</pre></section><script>alert(1)</script>";
    let top = format!("description = \"{evil}\"");
    let template = format!("[[templates]]\nname = \"t\"\nbody = \"{{code}} {evil}\"\n");
    let (_, folder) = simulated("report-page-evil", &scenario(&top, 1.0, &["BR"], &template));
    let summary = fs::read_to_string(folder.join("summary.json")).expect("figures");
    let renamed = summary.replace("\"page\"", "\"<script>alert(2)</script>\"");
    fs::write(folder.join("summary.json"), renamed).expect("written");
    let output = otpdrill(&["report", &folder.display().to_string(), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let html = page(&folder);
    assert!(!html.contains("<script"), "it runs");
    check_says(
        &html,
        &["&lt;script&gt;alert(1)&lt;/script&gt;", "Campaign report: &lt;script&gt;"],
    );
}

#[test]
fn a_run_of_an_older_version_has_a_page_too() {
    let folder = fresh("report-page-old");
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["summary.json", "conversion.csv", "timeseries.csv"] {
        fs::copy(sample().join(name), folder.join(name)).expect("copied");
    }
    let output = otpdrill(&["report", &folder.display().to_string(), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    check_says(&page(&folder), &["176 sessions in 3 countries", "Failed: 2 of 3 thresholds hold."]);
}

#[test]
fn a_folder_that_is_no_run_is_refused() {
    let folder = fresh("report-page-empty");
    fs::create_dir_all(&folder).expect("a folder");
    let output = otpdrill(&["report", &folder.display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("it has no summary.json"), "{said}");
    assert!(!folder.join("report.html").exists());
}
