//! What the bot itself says, where the config is silent.

/// The bot's own wordings in one language.
pub struct Words {
    pub yes: &'static str,
    pub no: &'static str,
    pub skip: &'static str,
    pub choose: &'static str,
    pub invalid: &'static str,
    pub handing: &'static str,
}

const FI: Words = Words {
    yes: "Kyllä",
    no: "Ei",
    skip: "Ohita",
    choose: "Valitse jokin vaihtoehdoista, tai pyydä ihmistä.",
    invalid: "Tuo ei näytä oikealta. Yritä uudelleen, tai pyydä ihmistä.",
    handing: "Ohjaan sinut asiakaspalvelijalle.",
};

const SV: Words = Words {
    yes: "Ja",
    no: "Nej",
    skip: "Hoppa över",
    choose: "Välj ett av alternativen, eller be om en människa.",
    invalid: "Det ser inte rätt ut. Försök igen, eller be om en människa.",
    handing: "Jag kopplar dig till kundtjänsten.",
};

const EN: Words = Words {
    yes: "Yes",
    no: "No",
    skip: "Skip",
    choose: "Please choose one of these, or ask for a person.",
    invalid: "That does not look right. Please try again, or ask for a person.",
    handing: "I am passing you to a colleague.",
};

impl Words {
    /// English for a language we do not know.
    pub fn of(language: &str) -> &'static Self {
        match language.split('-').next() {
            Some("fi") => &FI,
            Some("sv") => &SV,
            _ => &EN,
        }
    }

    /// Whether the customer wants to skip, in any of our languages.
    pub fn skips(said: &str) -> bool {
        let said = crate::text::plain(said);
        [&FI, &SV, &EN].iter().any(|words| crate::text::plain(words.skip) == said)
    }
}
