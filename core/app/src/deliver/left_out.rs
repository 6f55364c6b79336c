//! Recipients of a mail that went out without them.

use crate::ports::outbound::Response;

/// Who did not get a mail that others got, each with the server's words, by the answers of all its tries.
pub(super) fn left_out(answers: &[Response]) -> Vec<String> {
    let mails = answers.iter().filter_map(|answer| match answer {
        Response::Mail { code, refused, .. } => Some((*code, refused)),
        _ => None,
    });
    let mails: Vec<(u16, &Vec<(String, String)>)> = mails.collect();
    let last = mails.len().saturating_sub(1);
    // Whoever was put off is tried once more: the last answer says whether that helped.
    let in_vain = mails.last().is_some_and(|(code, _)| *code >= 400);
    let mut out: Vec<String> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (n, (_, refused)) in mails.iter().enumerate() {
        for (address, words) in refused.iter() {
            let final_word = words.trim_start().starts_with('5') || n == last || in_vain;
            if final_word && !seen.contains(&address.as_str()) {
                seen.push(address);
                out.push(format!("{address}: {words}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::left_out;
    use crate::ports::outbound::Response;

    fn mail(code: u16, refused: &[(&str, &str)]) -> Response {
        let refused = refused.iter().map(|(to, words)| ((*to).to_owned(), (*words).to_owned()));
        Response::Mail {
            code,
            enhanced: String::new(),
            text: String::new(),
            refused: refused.collect(),
        }
    }

    #[test]
    fn who_was_put_off_and_then_served_is_not_left_out() {
        for (answers, expected) in [
            (vec![mail(250, &[])], &[][..]),
            (vec![mail(250, &[("a@x", "550 unknown")])], &["a@x: 550 unknown"]),
            (
                vec![mail(250, &[("a@x", "550 unknown"), ("b@x", "450 later")]), mail(250, &[])],
                &["a@x: 550 unknown"],
            ),
            (
                vec![mail(250, &[("b@x", "450 later")]), mail(250, &[("b@x", "450 later")])],
                &["b@x: 450 later"],
            ),
            (vec![mail(250, &[("b@x", "450 later")]), mail(554, &[])], &["b@x: 450 later"]),
        ] {
            assert_eq!(left_out(&answers), expected);
        }
    }
}
