//! What the splitter holds for any bytes, however they come: used by the tests of core/mail and by the fuzzer.

use kerros_mail::lift::Limits;
use kerros_mail::lift::split::{Event, Splitter};

/// Small, so that even a small mail reaches them.
pub const LIMITS: Limits = Limits {
    part: 500,
    text: 2_000,
    tnef: 4_000,
    thin: 20_000,
    header: 2_000,
    fields: 60,
    parts: 40,
    depth: 5,
    files: 10,
};
/// No thin mail is longer, by these limits.
const LONGEST: usize = 60_000;

/// The events and the thin mail of bytes that come in pieces.
pub fn pushed(mail: &[u8], limits: Limits, cut: usize) -> (Vec<Event>, Vec<u8>) {
    let mut splitter = Splitter::new(limits);
    let mut events = Vec::new();
    for chunk in mail.chunks(cut.max(1)) {
        splitter.push(chunk, &mut events);
    }
    let thin = splitter.finish(&mut events);
    let ids: Vec<String> = (0..thin.files.len()).map(|n| format!("file-{n}")).collect();
    // Where the pieces lie is chance; what they say together is not.
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(Event::Data(last)), Event::Data(more)) => last.extend(more),
            (_, event) => joined.push(event),
        }
    }
    (joined, thin.bytes(&ids))
}

/// Holds the splitter to its word.
///
/// # Panics
/// When it breaks it.
pub fn bears(mail: &[u8]) {
    let whole = pushed(mail, LIMITS, mail.len());
    let sum = mail.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(*byte));
    let cut = 1 + sum % 5_000;
    assert!(pushed(mail, LIMITS, cut) == whole, "another answer in pieces of {cut}");
    let (events, thin) = whole;
    assert!(thin.len() <= LONGEST, "{} bytes", thin.len());
    let begun = events.iter().filter(|event| matches!(event, Event::Begin(_))).count();
    let ended = events.iter().filter(|event| matches!(event, Event::End)).count();
    assert!(begun == ended && begun <= LIMITS.files, "{begun} begun, {ended} ended");
}
