//! From arrival to verification, and from the attempt at a message to its success.

use crate::{
    report::{
        chart::{Caption, Funnel, Step},
        page::Section,
    },
    results::Results,
};

pub(super) fn section(results: &Results) -> Option<Section> {
    let drawn = sessions(results).draw() + &messages(results).draw();
    let section = Section::new("funnel", "From arrival to verified");
    let section = section.paragraph(
        "Product people count sessions, AWS counts messages: a session that asks for another code has two. \
         Red is what the step before it lost.",
    );
    Some(section.markup(&format!("<div class=\"pair\">\n{drawn}</div>\n")))
}

fn step(name: &str, count: u64, lost: &[(&str, u64)]) -> Step {
    let lost = lost.iter().map(|(name, count)| ((*name).to_owned(), *count));
    Step { name: name.to_owned(), count, lost: lost.collect() }
}

fn sessions(results: &Results) -> Funnel {
    let all = &results.summary.sessions;
    let admitted = all.arrived.saturating_sub(all.dropped + all.rate_limited);
    let sent = admitted.saturating_sub(all.send_failed);
    Funnel {
        caption: Caption::new("funnel-sessions", "Sessions: users who verify a number", ""),
        steps: vec![
            step("Arrived", all.arrived, &[]),
            step(
                "Admitted",
                admitted,
                &[
                    ("refused by the application's rate limit", all.rate_limited),
                    ("dropped by the run's own limits", all.dropped),
                ],
            ),
            step("Sent a code", sent, &[("could not be sent any", all.send_failed)]),
            step(
                "Verified",
                all.verified,
                &[
                    ("abandoned", all.abandoned),
                    ("expired", all.expired),
                    ("locked out", all.locked_out),
                    ("unfinished at the end", all.unfinished),
                ],
            ),
        ],
    }
}

fn messages(results: &Results) -> Funnel {
    let all = &results.summary.messages;
    let accepted = step(
        "Accepted by AWS's API",
        all.accepted,
        &[
            ("throttled", all.throttled),
            ("rejected", all.rejected),
            ("of unknown outcome", all.unknown),
        ],
    );
    let delivered = results.conversion.total.delivered.map(|delivered| {
        let lost = all.accepted.saturating_sub(delivered);
        step("Delivered to the handset", delivered, &[("lost on the way", lost)])
    });
    let received = step(
        "Reported as received",
        all.received,
        &[
            ("of the accepted ones reported as failed", all.failed),
            ("never reported", all.unreported),
            ("without feedback asked for", all.not_expecting),
            ("whose feedback was refused", all.feedback_errors),
            ("still owed", all.pending),
        ],
    );
    let first = step("Attempted", all.attempted, &[]);
    Funnel {
        caption: Caption::new("funnel-messages", "Messages: calls of SendTextMessage", ""),
        steps: [Some(first), Some(accepted), delivered, Some(received)]
            .into_iter()
            .flatten()
            .collect(),
    }
}
