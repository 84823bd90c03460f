//! How many are left after each step, and what became of the others.
//!
//! It is a list of sentences with a bar each: what it says can be read, copied and heard.

use super::{Caption, Unit, figure::Data};
use crate::report::markup::Text;

/// Steps from the first to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Its words.
    pub caption: Caption,
    /// The steps; the first is the whole.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What those who came so far have in common.
    pub name: String,
    /// How many they are.
    pub count: u64,
    /// What became of those who came no further, and how many they are.
    pub lost: Vec<(String, u64)>,
}

impl Funnel {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> String {
        let whole = self.steps.first().map_or(0, |step| step.count);
        if whole == 0 {
            return self.caption.nothing("There were none.");
        }
        let before = [whole].into_iter().chain(self.steps.iter().map(|step| step.count));
        let steps = self.steps.iter().zip(before);
        let steps: String = steps.map(|(step, before)| step.draw(before, whole)).collect();
        self.caption.figure(&format!("<ol class=\"funnel\">\n{steps}</ol>\n"), &Data::default())
    }
}

impl Step {
    fn draw(&self, before: u64, whole: u64) -> String {
        let percent = |count: u64| count as f64 / whole as f64 * 100.0;
        format!(
            "<li><span class=\"step\">{name}</span> <span class=\"many\">{count}</span> \
             <span class=\"part\">{share}</span>\
             <svg height=\"16\" aria-hidden=\"true\"><rect class=\"gone\" width=\"{gone:.2}%\" height=\"16\"/>\
             <rect class=\"left\" width=\"{left:.2}%\" height=\"16\"/></svg>{lost}</li>\n",
            name = Text(&self.name),
            count = Unit::Count.say(self.count as f64),
            share = Unit::Share.say(self.count as f64 / whole as f64),
            gone = percent(before),
            left = percent(self.count),
            lost = self.lost(),
        )
    }

    /// Those who came no further, without what happened to nobody.
    fn lost(&self) -> String {
        let lost = self.lost.iter().filter(|(_, count)| *count > 0);
        let lost = lost.map(|(name, count)| format!("{} {name}", Unit::Count.say(*count as f64)));
        let lost: Vec<String> = lost.collect();
        if lost.is_empty() {
            return String::new();
        }
        format!("<span class=\"lost\">{}</span>", Text(&lost.join(" · ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, count: u64, lost: &[(&str, u64)]) -> Step {
        let lost = lost.iter().map(|(name, count)| ((*name).to_owned(), *count));
        Step { name: name.to_owned(), count, lost: lost.collect() }
    }

    #[test]
    fn a_step_says_how_many_are_left_and_what_became_of_the_others() {
        let steps =
            vec![step("Arrived", 200, &[]), step("Verified", 150, &[("gave up", 50), ("lost", 0)])];
        let drawn = Funnel { caption: Caption::new("f", "Sessions", ""), steps }.draw();
        assert!(drawn.contains("<span class=\"part\">75.0 %</span>"), "{drawn}");
        assert!(drawn.contains("class=\"gone\" width=\"100.00%\""), "{drawn}");
        assert!(drawn.contains("<span class=\"lost\">50 gave up</span>"), "{drawn}");
    }

    #[test]
    fn a_funnel_of_nobody_says_so() {
        let steps = vec![step("Arrived", 0, &[]), step("Verified", 0, &[])];
        let drawn = Funnel { caption: Caption::new("f", "Sessions", ""), steps }.draw();
        assert!(drawn.contains("There were none."), "{drawn}");
    }
}
