//! The few words that this channel says itself, in the tenant's language.

use crate::calendar::Invitation;

/// Labels: what is named by its place, in Finnish, Swedish and English.
fn word(language: &str, place: usize) -> &'static str {
    const FI: [&str; 11] = [
        "Kalenterikutsu",
        "Peruttu kalenterikutsu",
        "Vastaus kalenterikutsuun",
        "Mitä",
        "Milloin",
        "Missä",
        "Järjestäjä",
        "toistuva",
        "Vain alkuperäisessä viestissä",
        "Ei otsikkoa",
        "Vastaus",
    ];
    const SV: [&str; 11] = [
        "Kalenderinbjudan",
        "Inställd kalenderinbjudan",
        "Svar på kalenderinbjudan",
        "Vad",
        "När",
        "Var",
        "Arrangör",
        "återkommande",
        "Endast i originalmeddelandet",
        "Inget ämne",
        "Svar",
    ];
    const EN: [&str; 11] = [
        "Invitation",
        "Invitation cancelled",
        "Answer to an invitation",
        "What",
        "When",
        "Where",
        "Organiser",
        "repeats",
        "Only in the original mail",
        "No subject",
        "Answer",
    ];
    match language {
        "fi" => FI[place],
        "sv" => SV[place],
        _ => EN[place],
    }
}

/// The subject of a mail whose conversation has none.
pub fn no_subject(language: &str) -> &'static str {
    word(language, 9)
}

/// Lines under the text: invitations, and files that did not fit.
pub fn lines(language: &str, invitations: &[Invitation], left: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = invitations.iter().map(|i| invitation(language, i)).collect();
    if !left.is_empty() {
        lines.push(format!("[{}: {}]", word(language, 8), left.join(", ")));
    }
    lines
}

fn title(language: &str, invitation: &Invitation) -> &'static str {
    word(
        language,
        match invitation.method.as_str() {
            "cancel" => 1,
            "reply" | "counter" => 2,
            _ => 0,
        },
    )
}

fn invitation(language: &str, invitation: &Invitation) -> String {
    let repeats = if invitation.repeats {
        format!("{}, {}", invitation.when, word(language, 7))
    } else {
        invitation.when.clone()
    };
    let pieces = [
        &invitation.summary,
        &invitation.answer,
        &repeats,
        &invitation.place,
        &invitation.organiser,
    ];
    let pieces: Vec<_> =
        pieces.into_iter().filter(|piece| !piece.is_empty()).map(String::as_str).collect();
    format!("[{}: {}]", title(language, invitation), pieces.join(" \u{b7} "))
}

/// The same as fields: key, label, value.
pub fn fields(
    language: &str,
    invitation: &Invitation,
) -> Vec<(&'static str, &'static str, String)> {
    [
        ("invitation.method", title(language, invitation), invitation.method.clone()),
        ("invitation.summary", word(language, 3), invitation.summary.clone()),
        ("invitation.when", word(language, 4), invitation.when.clone()),
        ("invitation.place", word(language, 5), invitation.place.clone()),
        ("invitation.organiser", word(language, 6), invitation.organiser.clone()),
        ("invitation.answer", word(language, 10), invitation.answer.clone()),
    ]
    .into_iter()
    .filter(|(_, _, value)| !value.is_empty())
    .collect()
}
