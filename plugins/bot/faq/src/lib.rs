//! Answers from the tenant's help center.
//!
//! The customer asks; the best article is shown with a link, and the bot asks whether it helped. Yes resolves the
//! conversation as confirmed; no brings the next article, then the question in other words, then a person, who
//! gets the questions and what was tried. Whoever asks for a person gets one at once.
//!
//! Start in [`Faq::turn`]; the wordings are in [`texts`].

mod texts;

#[cfg(test)]
mod tests;

use kerros_plugin::bot::{Action, Bot, Hit, Host, Reply, Trigger, Turn, asks_for_person};
use kerros_plugin::text::cut;
use kerros_plugin::{Error, Part};
use serde::{Deserialize, Serialize};
use texts::{AllOwn, Texts};

kerros_plugin::bot!(Faq);

struct Faq;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    threshold: f32,
    #[serde(default = "three")]
    articles: u32,
    #[serde(default = "one")]
    shown: usize,
    #[serde(default = "one")]
    questions: usize,
    hand_off_to: Option<String>,
    #[serde(default)]
    person_words: Vec<String>,
    #[serde(default)]
    texts: AllOwn,
}

fn three() -> u32 {
    3
}

fn one() -> usize {
    1
}

/// What is kept between turns. Small, whatever the customer writes: questions are shortened.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// What the customer asked so far.
    asked: Vec<String>,
    /// Titles of the articles shown.
    tried: Vec<String>,
    /// Articles found for the last question and not shown yet.
    left: Vec<Article>,
    /// Whether the bot has asked if an article helped.
    waits: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Article {
    slug: String,
    title: String,
    excerpt: String,
    url: String,
}

impl From<Article> for Part {
    fn from(a: Article) -> Self {
        Self::Article { slug: a.slug, title: a.title, excerpt: a.excerpt, url: a.url }
    }
}

/// The longest question kept for the briefing, in bytes.
const QUESTION: usize = 600;
/// The longest excerpt kept between turns, in bytes.
const EXCERPT: usize = 400;
/// The longest title kept, in bytes.
const TITLE: usize = 250;
/// The longest text of a briefing, in bytes.
const BRIEFING: usize = 4000;
/// The largest state, in bytes: the contract takes 16 KiB.
const STATE: usize = 16_000;

impl Bot for Faq {
    type Config = Config;

    fn turn(config: &Config, turn: &Turn, host: &impl Host) -> Result<Reply, Error> {
        let texts = config.texts.texts(&turn.conversation.language);
        let mut state: State = turn.kept().unwrap_or_default();
        let said = turn.conversation.newest_text().trim();
        if turn.trigger == Trigger::Started && said.is_empty() {
            return Reply::new(vec![Action::say(texts.greeting)]).keep(&state);
        }
        let own = config.person_words.iter().map(String::as_str);
        if texts::plain(said) == texts::plain(texts.person) || asks_for_person(said, own) {
            return Ok(hand_off(config, &texts, &state));
        }
        if state.waits {
            match texts::answer(said, &texts) {
                Some(true) => {
                    return Ok(Reply::new(vec![
                        Action::say(texts.thanks),
                        Action::Resolve { confirmed: true },
                    ]));
                }
                Some(false) => return not_helped(config, &texts, state),
                // Something else: a new question.
                None => {}
            }
        }
        if said.is_empty() {
            return Reply::new(vec![Action::say(texts.greeting)]).keep(&state);
        }
        state.asked.push(cut(said, QUESTION).to_owned());
        state.left = search(config, turn, host, said, &state.tried);
        if state.left.is_empty() {
            return ask_again(config, &texts, state, texts.nothing);
        }
        show(config, &texts, state, texts.found)
    }
}

/// Articles over the threshold that were not shown before, best first.
fn search(
    config: &Config,
    turn: &Turn,
    host: &impl Host,
    question: &str,
    tried: &[String],
) -> Vec<Article> {
    let conversation = &turn.conversation;
    let segment = conversation.segment.as_deref();
    host.search(question, &conversation.language, segment, config.articles)
        .into_iter()
        .filter(|hit| {
            hit.score >= config.threshold
                && !tried.iter().any(|title| *title == cut(&hit.title, TITLE))
        })
        .map(|Hit { slug, title, excerpt, url, .. }| Article {
            slug,
            title: cut(&title, TITLE).to_owned(),
            excerpt: cut(&excerpt, EXCERPT).to_owned(),
            url,
        })
        .collect()
}

/// Shows the next articles and asks whether they helped.
fn show(
    config: &Config,
    texts: &Texts<'_>,
    mut state: State,
    heading: &str,
) -> Result<Reply, Error> {
    let count = config.shown.min(state.left.len());
    let articles: Vec<Article> = state.left.drain(..count).collect();
    state.tried.extend(articles.iter().map(|article| article.title.clone()));
    state.waits = true;
    let parts = articles.into_iter().map(Into::into).collect();
    let choices = [texts.yes, texts.no, texts.person];
    let actions = vec![
        Action::Say { text: heading.into(), parts },
        Action::Say {
            text: texts.helped.into(),
            parts: choices.map(|c| Part::button(c, c)).into(),
        },
    ];
    let reply = Reply::new(actions).keep(&state)?;
    if reply.state.as_ref().is_none_or(|kept| kept.len() <= STATE) {
        return Ok(reply);
    }
    // What was asked and tried matters to the person who takes over; articles can be searched for again.
    state.left.clear();
    let oldest = state.tried.len().saturating_sub(10);
    state.tried.drain(..oldest);
    Reply::new(reply.actions).keep(&state)
}

/// The next article, or another question, or a person.
fn not_helped(config: &Config, texts: &Texts<'_>, state: State) -> Result<Reply, Error> {
    if state.left.is_empty() {
        return ask_again(config, texts, state, texts.rephrase);
    }
    show(config, texts, state, texts.another)
}

/// Asks for other words, as often as the tenant allows; then a person takes over.
fn ask_again(
    config: &Config,
    texts: &Texts<'_>,
    mut state: State,
    text: &str,
) -> Result<Reply, Error> {
    if state.asked.len() > config.questions {
        return Ok(hand_off(config, texts, &state));
    }
    state.waits = false;
    let parts = vec![Part::button(texts.person, texts.person)];
    Reply::new(vec![Action::Say { text: text.into(), parts }]).keep(&state)
}

/// Passes on with what was asked and tried; nothing is kept.
fn hand_off(config: &Config, texts: &Texts<'_>, state: &State) -> Reply {
    let mut briefing = Vec::new();
    if !state.asked.is_empty() {
        briefing.push(("question".to_owned(), cut(&state.asked.join("\n"), BRIEFING).to_owned()));
    }
    if !state.tried.is_empty() {
        briefing.push(("tried".to_owned(), cut(&state.tried.join("\n"), BRIEFING).to_owned()));
    }
    Reply::new(vec![
        Action::say(texts.handing),
        Action::HandOff { to: config.hand_off_to.clone(), briefing },
    ])
}
