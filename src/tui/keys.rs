//! What is looked at, and what keys change of that.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Countries,
    Latency,
    Problems,
}

/// By what the countries are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Code,
    Sessions,
    Conversion,
    Throttled,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) colour: bool,
    pub(super) tab: Tab,
    pub(super) order: Order,
    pub(super) help: bool,
    /// The first row that is shown of a list; drawing keeps it where there are rows.
    pub(super) scroll: usize,
    /// How many rows there is room for, as was drawn last.
    pub(super) page: usize,
    /// How often somebody wanted the run to stop.
    pub(super) asked: u32,
}

/// What a key means beyond the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    Redraw,
    Stop,
}

impl Tab {
    pub(super) const ALL: [Self; 4] =
        [Self::Overview, Self::Countries, Self::Latency, Self::Problems];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Countries => "Countries",
            Self::Latency => "Latency",
            Self::Problems => "Problems",
        }
    }

    const fn after(self, steps: usize) -> Self {
        Self::ALL[(self as usize + steps) % Self::ALL.len()]
    }
}

impl Order {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Sessions => "sessions",
            Self::Conversion => "conversion, lowest first",
            Self::Throttled => "throttled",
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Code => Self::Sessions,
            Self::Sessions => Self::Conversion,
            Self::Conversion => Self::Throttled,
            Self::Throttled => Self::Code,
        }
    }
}

impl State {
    pub(super) const fn new(colour: bool) -> Self {
        let (tab, order) = (Tab::Overview, Order::Code);
        Self { colour, tab, order, help: false, scroll: 0, page: 1, asked: 0 }
    }

    /// A key was pressed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
    pub(super) fn hear(&mut self, key: KeyEvent) -> Heard {
        if key.kind == KeyEventKind::Release {
            return Heard::Nothing;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return self.stop(),
            KeyCode::Char('l') if control => return Heard::Redraw,
            KeyCode::Char('q') => return self.stop(),
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Esc => self.help = false,
            KeyCode::Tab | KeyCode::Right => self.turn_to(self.tab.after(1)),
            KeyCode::BackTab | KeyCode::Left => self.turn_to(self.tab.after(Tab::ALL.len() - 1)),
            KeyCode::Char(digit @ '1'..='4') => {
                self.turn_to(Tab::ALL[usize::from(digit as u8 - b'1')]);
            }
            KeyCode::Char('s') => self.order = self.order.next(),
            code => self.scroll_by(code),
        }
        Heard::Nothing
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
    fn scroll_by(&mut self, code: KeyCode) {
        self.scroll = match code {
            KeyCode::Down | KeyCode::Char('j') => self.scroll.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => self.scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll.saturating_add(self.page),
            KeyCode::PageUp => self.scroll.saturating_sub(self.page),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => usize::MAX,
            _ => self.scroll,
        };
    }

    /// Keeps the first row of a list of so many rows where there is room for `page` where there are some.
    pub(super) fn keep_in(&mut self, rows: usize, page: usize) {
        self.page = page.max(1);
        self.scroll = self.scroll.min(rows.saturating_sub(page));
    }

    const fn turn_to(&mut self, tab: Tab) {
        (self.tab, self.scroll, self.help) = (tab, 0, false);
    }

    const fn stop(&mut self) -> Heard {
        self.asked += 1;
        Heard::Stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(state: &mut State, code: KeyCode) -> Heard {
        state.hear(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn q_and_control_c_ask_the_run_to_stop_each_time() {
        let mut state = State::new(true);
        assert_eq!(press(&mut state, KeyCode::Char('q')), Heard::Stop);
        let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(state.hear(control), Heard::Stop);
        assert_eq!(state.asked, 2);
        assert_eq!(press(&mut state, KeyCode::Char('c')), Heard::Nothing);
    }

    #[test]
    fn a_list_is_scrolled_no_further_than_its_end() {
        let mut state = State::new(true);
        press(&mut state, KeyCode::Char('2'));
        press(&mut state, KeyCode::End);
        state.keep_in(60, 20);
        assert_eq!((state.tab, state.scroll), (Tab::Countries, 40));
        press(&mut state, KeyCode::PageUp);
        press(&mut state, KeyCode::Char('k'));
        assert_eq!(state.scroll, 19);
        press(&mut state, KeyCode::BackTab);
        assert_eq!((state.tab, state.scroll), (Tab::Overview, 0));
    }
}
