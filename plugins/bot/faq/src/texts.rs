//! What the bot says, in Finnish, Swedish and English; a tenant may change any of it.

use serde::Deserialize;

macro_rules! texts {
    ($($name:ident: $fi:literal, $sv:literal, $en:literal;)*) => {
        /// The wordings of one language.
        #[derive(Debug, Clone, Copy)]
        pub struct Texts<'a> {
            $(pub $name: &'a str,)*
        }

        /// A tenant's own wordings of one language.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub struct Own {
            $($name: Option<String>,)*
        }

        const FI: Texts<'static> = Texts { $($name: $fi,)* };
        const SV: Texts<'static> = Texts { $($name: $sv,)* };
        const EN: Texts<'static> = Texts { $($name: $en,)* };

        impl<'a> Texts<'a> {
            /// The usual wordings, with the tenant's own in their place.
            fn with(self, own: &'a Own) -> Self {
                Self { $($name: own.$name.as_deref().unwrap_or(self.$name),)* }
            }
        }
    };
}

texts! {
    greeting:
        "Hei! Kerro omin sanoin, miten voin auttaa.",
        "Hej! Berätta med egna ord hur jag kan hjälpa dig.",
        "Hi! Tell me in your own words how I can help.";
    found:
        "Tästä voisi olla apua:",
        "Det här kan vara till hjälp:",
        "This may help:";
    another:
        "Entä tämä?",
        "Och det här då?",
        "How about this one?";
    helped:
        "Auttoiko tämä?",
        "Hjälpte det här?",
        "Did this help?";
    yes: "Kyllä, kiitos", "Ja, tack", "Yes, thank you";
    no: "Ei auttanut", "Nej, det hjälpte inte", "No, it did not help";
    person: "Haluan puhua ihmiselle", "Jag vill prata med en människa", "I want to talk to a person";
    thanks:
        "Hienoa! Mukavaa päivänjatkoa.",
        "Fint! Ha en trevlig dag.",
        "Great! Have a nice day.";
    rephrase:
        "Voitko kysyä toisin sanoin?",
        "Kan du fråga med andra ord?",
        "Could you ask in other words?";
    nothing:
        "En löytänyt tähän vastausta. Voitko kysyä toisin sanoin?",
        "Jag hittade inget svar på det här. Kan du fråga med andra ord?",
        "I found no answer to this. Could you ask in other words?";
    handing:
        "Ohjaan sinut asiakaspalvelijalle. Hän näkee jo, mitä olet kysynyt.",
        "Jag kopplar dig till kundtjänsten. De ser redan vad du har frågat.",
        "I am passing you to a colleague, who can already see what you asked.";
}

/// Own wordings by language.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AllOwn {
    fi: Own,
    sv: Own,
    en: Own,
}

impl AllOwn {
    /// The wordings of a language; English for one we do not know.
    pub fn texts(&self, language: &str) -> Texts<'_> {
        match language.split('-').next() {
            Some("fi") => FI.with(&self.fi),
            Some("sv") => SV.with(&self.sv),
            _ => EN.with(&self.en),
        }
    }
}

/// Short answers that say yes, in our languages.
const YES: [&str; 15] = [
    "kyllä",
    "joo",
    "juu",
    "kyllä auttoi",
    "auttoi",
    "kiitos",
    "ja",
    "japp",
    "ja tack",
    "tack",
    "yes",
    "yep",
    "yeah",
    "thanks",
    "thank you",
];

/// Short answers that say no.
const NO: [&str; 12] = [
    "ei",
    "en",
    "eipä",
    "ei auttanut",
    "nej",
    "nää",
    "nej tack",
    "hjälpte inte",
    "no",
    "nope",
    "not really",
    "it did not",
];

/// What a short answer says: yes, no, or something else.
pub fn answer(said: &str, texts: &Texts<'_>) -> Option<bool> {
    let said = plain(said);
    let is = |label: &str, words: &[&str]| said == plain(label) || words.contains(&said.as_str());
    if is(texts.yes, &YES) {
        Some(true)
    } else if is(texts.no, &NO) {
        Some(false)
    } else {
        None
    }
}

/// Words in lower case with one space between.
pub fn plain(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}
