//! Signatures: behind `-- `, the line a phone adds, a company's lines under a greeting.

use std::ops::Range;

use super::{Line, Mark};

/// The most lines of a signature.
const MOST: usize = 25;

/// Where in these lines a signature begins; their end if there is none.
pub fn begins(lines: &[Line], range: Range<usize>) -> usize {
    let mut end = range.end;
    if let Some(at) = delimited(lines, range.clone()) {
        end = at;
    }
    loop {
        let cut = added(lines, range.start..end);
        if cut == end {
            break;
        }
        end = cut;
    }
    company(lines, range.start..end)
}

/// Behind `-- `, a mailing list's ruler, or what the markup calls a signature.
fn delimited(lines: &[Line], range: Range<usize>) -> Option<usize> {
    // From below, because only so many lines may follow.
    let mut found = None;
    let (mut left, mut asks) = (0, false);
    for at in range.rev() {
        let line = &lines[at];
        if line.depth > 0 || left > MOST {
            break;
        }
        let begins = match line.text.as_str() {
            "-- " | "--\u{a0}" => true,
            // The space is often lost on the way; then it may as well be somebody's ruler.
            text if matches!(text.trim(), "--" | "\u{2014}") => left > 0 && left <= 12 && !asks,
            // A mailing list's footer.
            text if text.trim().len() >= 30 && text.trim().bytes().all(|b| b == b'_') => left <= 8,
            _ => line.mark == Some(Mark::Signature),
        };
        if begins {
            found = Some(at);
        }
        left += usize::from(!line.blank());
        asks |= line.text.contains('?');
    }
    found
}

/// Lines that programs add at the end.
fn added(lines: &[Line], range: Range<usize>) -> usize {
    let mut end = range.end;
    while end > range.start && lines[end - 1].blank() {
        end -= 1;
    }
    if end > range.start && lines[end - 1].depth == 0 && is_added(&lines[end - 1].text) {
        return end - 1;
    }
    range.end
}

const ADDED: &[&str] = &[
    "sent from",
    "sent with",
    "sent via",
    "sent by",
    "get outlook for",
    "download outlook",
    "lähetetty",
    "hanki outlook",
    "lataa outlook",
    "skickat från",
    "skickades från",
    "skickat via",
    "skickat med",
    "hämta outlook",
    "skaffa outlook",
    "gesendet von",
    "gesendet mit",
    "von meinem",
    "von meinen",
    "outlook für",
    "envoyé de",
    "envoyé depuis",
    "télécharger outlook",
    "obtenir outlook",
    "sendt fra",
    "sendt via",
    "sendt med",
    "få outlook",
    "hent outlook",
    "saadetud",
    "отправлено",
    "enviado desde",
    "enviado do",
    "verzonden vanaf",
    "verstuurd vanaf",
    "inviato da",
    "wysłano z",
    "diese nachricht wurde von meinem",
    "yahoo mail:",
    "tämä viesti on lähetetty",
    "viesti lähetetty",
    "viesti on lähetetty",
    "luotu yahoo",
    "mobiililaitteesta lähetetty",
    "please excuse",
    "anteeksi lyhyt",
    "anteeksi mahdolliset",
    "pahoittelut lyhyestä",
    "ursäkta mitt",
    "ursäkta att jag är",
    "ursäkta eventuella",
];
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "ipod",
    "macbook",
    "apple watch",
    "android",
    "samsung",
    "galaxy",
    "huawei",
    "honor",
    "nokia",
    "oneplus",
    "xiaomi",
    "redmi",
    "pixel",
    "sony",
    "xperia",
    "motorola",
    "blackberry",
    "jolla",
    "sailfish",
    "outlook",
    "yahoo",
    "windows",
    "proton",
    "tuta",
    "k-9",
    "k9",
    "fairemail",
    "aquamail",
    "aqua mail",
    "bluemail",
    "thunderbird",
    "spark",
    "gmail",
    "mailbird",
    "edison",
    "sparrow",
    "zimbra",
    "gmx",
    "web.de",
    "mail.ru",
    "puhelim",
    "matkapuhelim",
    "kännyk",
    "mobiil",
    "tabletti",
    "tabletist",
    "mobil",
    "phone",
    "telefon",
    "surfplatt",
    "smartphone",
    "handy",
    "device",
    "laitteest",
    "enhet",
    "sähköposti",
    "e-post",
    "sähköpostisovell",
    "brevity",
    "lyhyt",
    "fåordig",
    "kortfattad",
    "kort svar",
    "lyhyestä",
    "kirjoitusvirhe",
    "stavfel",
    "typos",
    "my mobile",
    "яндекс",
    "телефон",
    "почт",
];

fn is_added(text: &str) -> bool {
    let text =
        text.trim().trim_matches(['*', '_', '<', '>', '[', ']', '(', ')', '-', ' ']).to_lowercase();
    text.len() <= 160
        && ADDED.iter().any(|beginning| text.starts_with(beginning))
        && DEVICES.iter().any(|device| text.contains(device))
        // A sentence about a telephone that was sent is not the telephone's own line.
        && !text.contains('?')
        && text.split_whitespace().count() <= 16
}

const GREETINGS: &[&str] = &[
    "terveisin",
    "terv",
    "terv.",
    "t.",
    "t:",
    "yt",
    "yt.",
    "yst. terv",
    "yst. terv.",
    "yst.terv.",
    "ystävällisin terveisin",
    "ystävällisesti",
    "parhain terveisin",
    "kunnioittavasti",
    "kunnioittaen",
    "lämpimin terveisin",
    "aurinkoisin terveisin",
    "hyvää päivänjatkoa",
    "med vänlig hälsning",
    "med vänliga hälsningar",
    "vänliga hälsningar",
    "vänlig hälsning",
    "hälsningar",
    "hälsn.",
    "mvh",
    "mvh.",
    "bästa hälsningar",
    "varma hälsningar",
    "med hälsning",
    "best regards",
    "kind regards",
    "regards",
    "br",
    "br,",
    "best",
    "warm regards",
    "many thanks",
    "yours sincerely",
    "sincerely",
    "yours faithfully",
    "cheers",
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "freundliche grüße",
    "mfg",
    "viele grüße",
    "cordialement",
    "bien cordialement",
    "med vennlig hilsen",
    "med venlig hilsen",
    "hilsen",
    "vennlig hilsen",
    "lugupidamisega",
    "parimate soovidega",
    "с уважением",
    "atentamente",
    "saludos",
];

/// A company's lines under a greeting and a name: cut if they are surely that. A private person's telephone number
/// under the name stays: it may be what the answer needs.
fn company(lines: &[Line], range: Range<usize>) -> usize {
    let filled: Vec<usize> = range.clone().filter(|&at| !lines[at].blank()).collect();
    for (place, &at) in filled.iter().enumerate().rev().take(MOST) {
        if !greets(&lines[at].text) {
            continue;
        }
        // The name stands in the next line; more of it, as a title, goes with the rest.
        let rest = filled.get(place + 2..).unwrap_or_default();
        let texts = || rest.iter().map(|&line| lines[line].text.trim());
        let short = texts().all(|text| text.chars().count() <= 90 && !is_sentence(text));
        let contacts = texts().filter(|text| is_contact(text)).count();
        if short && contacts >= 2 && (3..=16).contains(&rest.len()) {
            return rest[0];
        }
        break;
    }
    range.end
}

fn greets(text: &str) -> bool {
    let text = text.trim().trim_end_matches([',', '!', '.', ':']).to_lowercase();
    GREETINGS.iter().any(|greeting| greeting.trim_end_matches([',', '.', ':']) == text)
}

fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().count();
    text.ends_with('?')
        || text.ends_with('!')
        || words >= 7 && text.ends_with('.')
        || text.to_lowercase().starts_with("ps")
        || text.to_lowercase().starts_with("p.s")
}

fn is_contact(text: &str) -> bool {
    let lower = text.to_lowercase();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let company = [
        "oy", "oyj", "ab", "ltd", "gmbh", "inc", "inc.", "ry", "rf", "abp", "as", "llc", "ky",
        "tmi", "oü",
    ];
    text.contains('@')
        || lower.contains("www.")
        || lower.contains("http")
        || digits >= 7 && letters <= 14
        || lower.split([' ', ',']).any(|word| company.contains(&word))
}
