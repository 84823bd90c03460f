use super::*;
use crate::{
    engine::outcome::SendAnswer,
    record::{dashboard::Evidence, latency::CallTimes},
    scenario,
    tui::keys::Order,
    watch::snapshot::{About, Point, Rates},
};
use ratatui::{Terminal, backend::TestBackend};
use sms_voice_mock::service::time::SimTime;
use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(snapshot);

fn snapshot() -> Snapshot {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let scenario = scenario::load(&file, &[], None).expect("a shipped scenario").scenario;
    let about = About {
        scenario: scenario.name.clone(),
        seed: 42,
        target: "mock".to_owned(),
        speed: 1.0,
        expected_end: SimTime::from_secs(100),
        countries: scenario.countries.iter().map(|country| country.code.to_string()).collect(),
        quotas: [Some(80.0), None],
        ..About::default()
    };
    let mut snapshot = Snapshot::new(Arc::new(about), &scenario);
    (snapshot.at, snapshot.wall) = (SimTime::from_secs(25), Duration::from_secs(25));
    snapshot.phase = Phase::Arriving;
    let times = CallTimes {
        due: Duration::ZERO,
        released: Duration::ZERO,
        sent: Duration::ZERO,
        answered: Duration::from_millis(12),
        evidence: Evidence { stamp: None, refused: false },
    };
    snapshot.vitals.send_answered(SimTime::from_secs(3), &SendAnswer::Throttled, times);
    let rates = Rates { sends: 12.5, ..Rates::default() };
    snapshot.course = vec![Point { rates, ..Point::default() }; 300];
    snapshot
}

/// The screen as text.
fn drawn(width: u16, height: u16, state: &mut State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    terminal.draw(|frame| draw(frame, &SNAPSHOT, state)).expect("memory");
    terminal.backend().to_string()
}

#[test]
fn the_overview_shows_rates_latency_funnel_and_problems() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let text = drawn(width, height, &mut State::new(true));
        for word in [
            "RUNNING quickstart (seed 42) against mock",
            "25.0 %",
            "12.5/s of 80/s",
            "funnel",
            "12.0",
            "sends throttled",
            "q stop",
        ] {
            assert!(text.contains(word), "{width}x{height}: {word}\n{text}");
        }
    }
}

#[test]
fn every_part_fits_into_every_size() {
    for width in [1, 2, 7, 20, 40, 79, 300] {
        for height in [1, 2, 3, 5, 10, 100] {
            for tab in Tab::ALL {
                for help in [false, true] {
                    let mut state = State::new(false);
                    (state.tab, state.help, state.scroll) = (tab, help, usize::MAX);
                    drawn(width, height, &mut state);
                }
            }
        }
    }
}

#[test]
fn a_small_terminal_still_says_how_it_goes() {
    let text = drawn(40, 10, &mut State::new(false));
    for word in ["RUNNING", "25.0 %", "sends", "in flight"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn countries_scroll_and_keep_their_sum() {
    let mut state = State::new(false);
    (state.tab, state.scroll, state.order) = (Tab::Countries, usize::MAX, Order::Sessions);
    let text = drawn(80, 8, &mut state);
    assert!(text.contains("4 countries, by sessions"), "{text}");
    assert!(text.contains("All") && text.contains("US") && !text.contains("BR "), "{text}");
}
