//! The report's own words in Finnish, Swedish and English, and how numbers are written.

macro_rules! words {
    ($($name:ident: $fi:literal, $sv:literal, $en:literal;)*) => {
        /// The words of one language. `{n}`, `{a}` and `{b}` in a word are filled in.
        pub struct Words {
            pub language: &'static str,
            $(pub $name: &'static str,)*
        }
        const FI: Words = Words { language: "fi", $($name: $fi,)* };
        const SV: Words = Words { language: "sv", $($name: $sv,)* };
        const EN: Words = Words { language: "en", $($name: $en,)* };
    };
}

words! {
    title: "Palvelukerrokset", "Servicelagren", "Service layers";
    nothing: "Kuukaudella ei ollut kysyntää.", "Ingen efterfrågan under månaden.", "There was no demand in this month.";
    summary: "Yhteenveto", "Sammanfattning", "Summary";
    demand: "Kysyntä", "Efterfrågan", "Demand";
    demand_of: "yhteydenottoa ja ohjekeskuskäyntiä", "kontakter och besök i hjälpcentret", "contacts and help-center visits";
    solved: "Ratkaistu", "Löst", "Solved";
    self_service: "Ratkaistu itsepalvelussa", "Löst i självservice", "Solved by self-service";
    of_demand: "kysynnästä ({n})", "av efterfrågan ({n})", "of demand ({n})";
    of_entered: "kerrokseen tulleista ({n})", "av dem som nått lagret ({n})", "of those that entered the layer ({n})";
    ledger: "Kysynnän tase", "Efterfrågans balans", "The demand ledger";
    ledger_note:
        "Jokaisella kysynnällä on täsmälleen yksi lopputulos, joten osuudet ovat yhteensä 100 % kysynnästä.",
        "Varje efterfrågan har exakt ett utfall, så andelarna är tillsammans 100 % av efterfrågan.",
        "Every unit of demand has exactly one outcome, so the shares of demand sum to 100%.";
    outcome: "Lopputulos", "Utfall", "Outcome";
    entered: "Tuli kerrokseen", "Nådde lagret", "Entered";
    share_demand: "Osuus kysynnästä", "Andel av efterfrågan", "Share of demand";
    share_entered: "Osuus tulleista", "Andel av dem som nått", "Share of entered";
    cumulative: "Kertymä kysynnästä", "Kumulativt av efterfrågan", "Cumulative of demand";
    confirmed: "Vahvistettu", "Bekräftat", "Confirmed";
    assumed: "Oletettu", "Antaget", "Assumed";
    by_person: "Ihmisen ratkaisema", "Löst av person", "By a person";
    unresolved: "Ratkaisematta", "Olöst", "Unresolved";
    abandoned: "Luovutti", "Avbröt", "Abandoned";
    total: "Yhteensä", "Totalt", "Total";
    provisional:
        "{n} ratkaistua voi vielä avautua uudelleen; luvut ovat niiltä osin alustavia.",
        "{n} lösta kan ännu öppnas på nytt; för dem är siffrorna preliminära.",
        "{n} of the solved may still be reopened; for those the figures are provisional.";
    goals: "Tavoitteet", "Mål", "Goals";
    no_goals: "Tavoitteita ei ole asetettu.", "Inga mål har satts.", "No goals are set.";
    goal: "Tavoite", "Mål", "Goal";
    actual: "Toteuma", "Utfall", "Actual";
    met: "Toteutui", "Nått", "Met";
    yes: "kyllä", "ja", "yes";
    no: "ei", "nej", "no";
    at_least: "vähintään {n}", "minst {n}", "at least {n}";
    under: "alle {n}", "under {n}", "under {n}";
    goal_of_demand: "{a}: ratkaistu, osuus kysynnästä", "{a}: löst, andel av efterfrågan", "{a}: solved, share of demand";
    goal_of_entered: "{a}: ratkaistu, osuus tulleista", "{a}: löst, andel av dem som nått lagret", "{a}: solved, share of entered";
    goal_cumulative: "{a}: ratkaistu tähän mennessä, osuus kysynnästä", "{a}: löst hittills, andel av efterfrågan", "{a}: solved up to here, share of demand";
    goal_entered: "{a}: tuli kerrokseen, osuus kysynnästä", "{a}: nådde lagret, andel av efterfrågan", "{a}: entered, share of demand";
    quality: "Laatu", "Kvalitet", "Quality";
    fcr: "Ratkaistu ensikontaktissa", "Löst vid första kontakten", "Solved at first contact";
    fcr_of: "ihmisten ratkaisemista ({n}), ikkuna {a} päivää", "av dem som löstes av personer ({n}), fönster {a} dagar", "of those solved by people ({n}), window {a} days";
    first_response: "Ensivastaus, mediaani", "Första svar, median", "First response, median";
    first_response_90: "Ensivastaus, 90 %", "Första svar, 90 %", "First response, 90%";
    business_of: "palveluaikaa, {n} mitattu", "öppettid, {n} mätta", "of opening hours, {n} measured";
    calendar_of: "kalenteriaikaa, {n} mitattu", "kalendertid, {n} mätta", "of calendar time, {n} measured";
    containment: "Botin pitämät", "Stannade hos boten", "Bot containment";
    containment_of: "bottikeskusteluista ({n}); ei tarkoita ratkaistua", "av botsamtalen ({n}); betyder inte lösta", "of bot conversations ({n}); not the same as solved";
    complete: "Täydelliset taustoitukset", "Fullständiga underlag", "Complete briefings";
    bounced: "Palautunut puutteiden vuoksi", "Återsänt på grund av brister", "Returned for missing facts";
    escalations_of: "siirroista asiantuntijoille ({n})", "av överföringarna till experter ({n})", "of escalations ({n})";
    days: "Päivittäin", "Per dag", "Day by day";
    days_caption: "Kysyntä päivittäin lopputuloksen mukaan", "Efterfrågan per dag efter utfall", "Demand per day by outcome";
    busiest: "Vilkkain päivä oli {a}: {n}.", "Den livligaste dagen var {a}: {n}.", "The busiest day was {a}: {n}.";
    hours: "Vuorokaudenajat", "Tid på dygnet", "Time of day";
    hours_caption: "Kysyntä tunneittain", "Efterfrågan per timme", "Demand by hour of day";
    while_open: "Palveluaikana", "Under öppettid", "While open";
    while_closed: "Suljettuna", "Stängt", "While closed";
    closed_note: "{n} kysynnästä ({a}) syntyi, kun ensimmäinen ihmiskerros oli kiinni.", "{n} av efterfrågan ({a}) uppstod när det första personliga lagret var stängt.", "{n} of demand ({a}) came while the first layer of people was closed.";
    channels: "Kanavat", "Kanaler", "Channels";
    channel: "Kanava", "Kanal", "Channel";
    help_center: "Ohjekeskus", "Hjälpcenter", "Help center";
    tags: "Aiheet", "Ämnen", "Topics";
    tag: "Aihe", "Ämne", "Topic";
    tags_note: "Yhdellä kysynnällä voi olla useita aiheita.", "En efterfrågan kan ha flera ämnen.", "One unit of demand may have several topics.";
    no_tags: "Aiheita ei ole merkitty.", "Inga ämnen har märkts.", "No topics were tagged.";
    promises: "Palvelulupaukset", "Servicelöften", "Promises";
    no_promises: "Lupauksia ei ollut.", "Inga löften fanns.", "There were no promises.";
    promise: "Lupaus", "Löfte", "Promise";
    kept: "Pidetty", "Hållet", "Met";
    broken: "Rikottu", "Brutet", "Breached";
    still_open: "Avoinna", "Öppet", "Open";
    kept_share: "Pidetty ratkenneista", "Hållet av avgjorda", "Met of settled";
    metric_first_response: "Ensivastaus", "Första svar", "First response";
    metric_next_response: "Seuraava vastaus", "Nästa svar", "Next response";
    metric_resolution: "Ratkaisu", "Lösning", "Resolution";
    owner_vendor: "palveluntuottaja", "leverantören", "vendor";
    owner_client: "asiakkaan asiantuntijat", "kundens experter", "client's experts";
    definitions: "Määritelmät", "Definitioner", "Definitions";
    definitions_text:
        "Kysyntä on yksi asiakkaan tarve: keskustelu, jossa asiakas kirjoitti, tai ohjekeskuskäynti, josta ei seurannut keskustelua vuorokaudessa. Ratkaissut kerros on se, jolla keskustelu oli, kun se viimeksi ratkaistiin. Vahvistettu: asiakas kertoi saaneensa avun. Oletettu: asiakas sai vastauksen eikä palannut. Luvut ovat tapahtumista laskettuja, ja jokaisen takana olevat keskustelut voi listata.",
        "En efterfrågan är ett kundbehov: ett samtal där kunden skrev, eller ett besök i hjälpcentret som inte ledde till ett samtal inom ett dygn. Det lager som löste är det som hade samtalet när det senast löstes. Bekräftat: kunden sade sig ha fått hjälp. Antaget: kunden fick ett svar och återkom inte. Siffrorna är räknade ur händelser, och samtalen bakom var och en kan listas.",
        "Demand is one customer need: a conversation in which the customer wrote, or a help-center visit that led to no conversation within a day. A need is solved by the layer that held the conversation when it was last resolved. Confirmed: the customer said that it helped. Assumed: the customer got an answer and did not come back. Figures are counted from events, and the conversations behind each can be listed.";
}

const MONTHS: [[&str; 12]; 3] = [
    [
        "tammikuu",
        "helmikuu",
        "maaliskuu",
        "huhtikuu",
        "toukokuu",
        "kesäkuu",
        "heinäkuu",
        "elokuu",
        "syyskuu",
        "lokakuu",
        "marraskuu",
        "joulukuu",
    ],
    [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
];

impl Words {
    /// English for a language we do not know.
    pub fn of(language: &str) -> &'static Self {
        match language.split('-').next() {
            Some("fi") => &FI,
            Some("sv") => &SV,
            _ => &EN,
        }
    }

    fn is_english(&self) -> bool {
        self.language == "en"
    }

    /// `1 204`, `1,204`.
    pub fn count(&self, number: u64) -> String {
        let digits = number.to_string();
        let mark = if self.is_english() { "," } else { "\u{a0}" };
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push_str(mark);
            }
            text.push(digit);
        }
        text
    }

    /// `27,4 %`, `27.4%`; a dash for a share of nothing.
    pub fn percent(&self, percent: Option<f64>) -> String {
        let Some(percent) = percent else { return "–".into() };
        // Rounded to tenths by hand: formatting of floats is a large part of a small guest.
        let tenths = (percent * 10.0 + 0.5) as u64;
        let (whole, tenth) = (tenths / 10, tenths % 10);
        if self.is_english() {
            format!("{whole}.{tenth}%")
        } else {
            format!("{whole},{tenth}\u{a0}%")
        }
    }

    /// `45 s`, `12 min`, `3 h 20 min`.
    pub fn duration(&self, seconds: u64) -> String {
        match seconds {
            0..=119 => format!("{seconds} s"),
            120..=3599 => format!("{} min", (seconds + 30) / 60),
            _ => {
                let minutes = (seconds + 30) / 60;
                format!("{} h {} min", minutes / 60, minutes % 60)
            }
        }
    }

    /// `marraskuu 2026` for `2026-11`; as it is for anything else.
    pub fn month(&self, month: &str) -> String {
        let names = match self.language {
            "fi" => &MONTHS[0],
            "sv" => &MONTHS[1],
            _ => &MONTHS[2],
        };
        month
            .split_once('-')
            .and_then(|(year, number)| {
                let number: usize = number.parse().ok()?;
                Some(format!("{} {year}", names.get(number.checked_sub(1)?)?))
            })
            .unwrap_or_else(|| month.into())
    }

    /// `22.11.`, `22/11` for `2026-11-22`.
    pub fn day(&self, date: &str) -> String {
        let parts: Vec<&str> = date.split('-').collect();
        let [_, month, day] = parts.as_slice() else { return date.into() };
        let (day, month) = (day.trim_start_matches('0'), month.trim_start_matches('0'));
        match self.language {
            "fi" => format!("{day}.{month}."),
            _ => format!("{day}/{month}"),
        }
    }
}

/// Fills `{n}`, `{a}` into a word.
pub fn fill(word: &str, n: &str, a: &str) -> String {
    word.replace("{n}", n).replace("{a}", a)
}
