//! One turn: from the customer's answer, or the start, to the next step that waits.

use std::collections::BTreeMap;

use kerros_plugin::bot::{Action, Reply, Trigger, Turn, asks_for_person};
use kerros_plugin::text::cut;
use kerros_plugin::{Error, Part, log};
use serde::{Deserialize, Serialize};

use crate::choice::chosen;
use crate::condition::Seen;
use crate::flow::{Ask, Choose, Flow, HandOff, Step};
use crate::text::{Text, fill};
use crate::words::Words;

/// Steps of one turn. A flow that needs more goes in a circle.
pub const MOST_STEPS: usize = 50;
/// Actions of one turn, with room for a hand-off: the contract allows 20.
const MOST_ACTIONS: usize = 18;
/// The largest state the contract allows, in bytes.
const MOST_STATE: usize = 16 * 1024;
/// The longest text the contract allows, in bytes.
const MOST_TEXT: usize = 16 * 1024;
/// The longest text of a briefing, in bytes; an answer is shorter by its own limit.
const MOST_BRIEFING: usize = 4096;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What is kept between turns.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The step that waits.
    step: String,
    /// What the customer answered, by name.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Answers to this step that did not fit.
    #[serde(default)]
    tries: u32,
}

/// Takes the turn.
pub fn turn(flow: &Flow, turn: &Turn) -> Result<Reply, Error> {
    let conversation = &turn.conversation;
    let mut run = Run {
        flow,
        turn,
        language: conversation.language.clone(),
        segment: conversation.segment.clone(),
        tags: Vec::new(),
        answers: BTreeMap::new(),
        actions: Vec::new(),
        first_words: None,
    };
    let said = conversation.newest_text().trim();
    let state = turn.kept::<State>();
    // A config that has changed under a talk may no longer have its step.
    let waiting = state.and_then(|state| {
        let step = flow.steps.get(&state.step).filter(|step| step.waits())?;
        Some((step, state))
    });
    let end = match (waiting, turn.trigger) {
        (None, _) if run.is_for_person(said) => run.person(),
        (None, trigger) => {
            run.first_words = (trigger == Trigger::Message).then_some(said);
            run.go(&flow.start)
        }
        (Some((step, state)), Trigger::Started) => {
            run.answers = state.answers;
            run.prompt(step);
            End::Waits { step: state.step, tries: state.tries }
        }
        (Some((step, state)), Trigger::Message) => run.answer(step, state, said),
    };
    run.finish(end)
}

/// How a turn ends.
enum End {
    /// At a step that waits for the customer.
    Waits { step: String, tries: u32 },
    /// Nothing more to do or to keep.
    Over,
}

struct Run<'a> {
    flow: &'a Flow,
    turn: &'a Turn,
    language: String,
    segment: Option<String>,
    tags: Vec<String>,
    answers: BTreeMap<String, String>,
    actions: Vec<Action>,
    /// What the customer wrote before the flow began: it may name the first choice.
    first_words: Option<&'a str>,
}

impl Step {
    fn waits(&self) -> bool {
        self.choose.is_some() || self.ask.is_some()
    }
}

impl<'a> Run<'a> {
    fn finish(mut self, end: End) -> Result<Reply, Error> {
        let End::Waits { step, tries } = end else { return Ok(Reply::new(self.actions)) };
        let state = State { step, answers: std::mem::take(&mut self.answers), tries };
        let reply = Reply::new(std::mem::take(&mut self.actions)).keep(&state)?;
        if reply.state.as_ref().is_some_and(|state| state.len() <= MOST_STATE) {
            return Ok(reply);
        }
        log::warn("answers have outgrown the state: handing off");
        self.answers = state.answers;
        self.person();
        Ok(Reply::new(self.actions))
    }

    fn is_for_person(&self, said: &str) -> bool {
        asks_for_person(said, self.flow.person.words.iter().map(String::as_str))
    }

    fn text(&self, text: &Text) -> String {
        let filled = fill(text.in_language(&self.language, &self.flow.language), &self.answers);
        cut(&filled, MOST_TEXT).to_owned()
    }

    /// Takes an answer to the step that waited.
    fn answer(&mut self, step: &'a Step, state: State, said: &str) -> End {
        self.answers = state.answers;
        let tries = state.tries + 1;
        if let Some(choose) = &step.choose {
            if let Some(next) = self.choice(choose, said) {
                return self.go(next);
            }
            if self.is_for_person(said) {
                return self.person();
            }
            if let Some(next) = &choose.otherwise {
                return self.go(next);
            }
            let invalid = choose.invalid.as_ref();
            return self.again(step, state.step, tries, choose.tries, invalid, None);
        }
        let Some(ask) = &step.ask else { return self.person() };
        if self.is_for_person(said) {
            return self.person();
        }
        if ask.optional && Words::skips(said) {
            self.answers.remove(&ask.name);
            return self.go(&ask.goto);
        }
        match ask.check.accept(said, self.turn.now_ms.div_euclid(DAY_MS)) {
            Some(answer) => {
                self.answers.insert(ask.name.clone(), answer);
                self.go(&ask.goto)
            }
            None => {
                let failed = ask.failed.as_deref();
                self.again(step, state.step, tries, ask.tries, ask.invalid.as_ref(), failed)
            }
        }
    }

    /// The step that a written answer chooses, its value kept.
    fn choice(&mut self, choose: &'a Choose, said: &str) -> Option<&'a str> {
        let option = chosen(&choose.options, said)?;
        if let Some(name) = &choose.name {
            let label = || option.label.in_language(&self.language, &self.flow.language).to_owned();
            self.answers.insert(name.clone(), option.value.clone().unwrap_or_else(label));
        }
        Some(&option.goto)
    }

    /// Says that the answer does not fit and asks again, until it has been too often.
    fn again(
        &mut self,
        step: &'a Step,
        name: String,
        tries: u32,
        most: Option<u32>,
        invalid: Option<&Text>,
        failed: Option<&'a str>,
    ) -> End {
        if tries >= most.unwrap_or(self.flow.tries) {
            return match failed {
                Some(next) => self.go(next),
                None => self.person(),
            };
        }
        let words = Words::of(&self.language);
        let own = if step.choose.is_some() { words.choose } else { words.invalid };
        let text = invalid.map_or_else(|| own.to_owned(), |text| self.text(text));
        self.actions.push(Action::say(text));
        self.prompt(step);
        End::Waits { step: name, tries }
    }

    /// Runs from a step on, until one waits or ends the bot's part.
    fn go(&mut self, name: &'a str) -> End {
        let mut name = name;
        for _ in 0..MOST_STEPS {
            let Some(step) = self.flow.steps.get(name) else {
                log::error(&format!("there is no step {name:?}"));
                return self.person();
            };
            self.begin(step);
            if self.actions.len() > MOST_ACTIONS {
                log::error(&format!("too much is said in one turn, at step {name:?}"));
                return self.person();
            }
            if let Some(choose) = &step.choose {
                // Only the first choice is made by what was written before it was shown.
                if let Some(next) =
                    self.first_words.take().and_then(|said| self.choice(choose, said))
                {
                    name = next;
                    continue;
                }
            }
            if step.waits() {
                self.prompt(step);
                return End::Waits { step: name.to_owned(), tries: 0 };
            }
            if let Some(hand_off) = &step.hand_off {
                return self.hand_off(hand_off);
            }
            if let Some(resolve) = &step.resolve {
                self.actions.push(Action::Resolve { confirmed: resolve.confirmed });
                return End::Over;
            }
            match self.way(step) {
                Some(next) => name = next,
                None => return End::Over,
            }
        }
        log::error(&format!("the flow goes in a circle, last at step {name:?}"));
        self.person()
    }

    /// What a step does before it waits or leads on.
    fn begin(&mut self, step: &Step) {
        if let Some(language) = &step.language
            && *language != self.language
        {
            self.language.clone_from(language);
            self.actions.push(Action::SetLanguage(language.clone()));
        }
        if let Some(segment) = &step.segment
            && self.segment.as_ref() != Some(segment)
        {
            self.segment = Some(segment.clone());
            self.actions.push(Action::SetSegment(segment.clone()));
        }
        for tag in step.tag.as_ref().map_or(&[][..], |tags| tags.as_slice()) {
            if !self.tags.contains(tag) && !self.turn.conversation.tags.contains(tag) {
                self.tags.push(tag.clone());
                self.actions.push(Action::Tag(tag.clone()));
            }
        }
        for text in step.say.as_ref().map_or(&[][..], |texts| texts.as_slice()) {
            let text = self.text(text);
            self.actions.push(Action::say(text));
        }
    }

    /// Asks what the step asks.
    fn prompt(&mut self, step: &Step) {
        if let Some(choose) = &step.choose {
            let label =
                |text: &Text| text.in_language(&self.language, &self.flow.language).to_owned();
            let labels = choose.options.iter().map(|option| label(&option.label)).collect();
            let text = self.text(&choose.text);
            self.say_with_buttons(text, labels);
        } else if let Some(ask) = &step.ask {
            let labels = self.labels(ask);
            let text = self.text(&ask.text);
            self.say_with_buttons(text, labels);
        }
    }

    fn labels(&self, ask: &Ask) -> Vec<String> {
        let words = Words::of(&self.language);
        let mut labels = ask.check.values.clone();
        if ask.check.is_yes_no() {
            labels = vec![words.yes.to_owned(), words.no.to_owned()];
        }
        if ask.optional {
            labels.push(words.skip.to_owned());
        }
        labels
    }

    /// A button sends its label: so a press and a written answer are the same, on every channel.
    fn say_with_buttons(&mut self, text: String, labels: Vec<String>) {
        let parts = labels.into_iter().map(|label| Part::button(label.clone(), label)).collect();
        self.actions.push(Action::Say { text, parts });
    }

    /// Where a step that does not wait leads.
    fn way(&self, step: &'a Step) -> Option<&'a str> {
        let seen = Seen {
            turn: self.turn,
            language: &self.language,
            segment: self.segment.as_deref(),
            tags: &self.tags,
            answers: &self.answers,
        };
        let way = step.branch.iter().find(|way| way.r#if.holds(&seen));
        way.map(|way| way.goto.as_str()).or(step.goto.as_deref())
    }

    fn hand_off(&mut self, hand_off: &HandOff) -> End {
        let briefing = match &hand_off.briefing {
            None => self.all_answers(),
            Some(fields) => fields
                .iter()
                .map(|(field, text)| {
                    (field.clone(), cut(self.text(text).trim(), MOST_BRIEFING).to_owned())
                })
                .filter(|(_, text)| !text.is_empty())
                .collect(),
        };
        self.actions.push(Action::HandOff { to: hand_off.to.clone(), briefing });
        End::Over
    }

    /// A person takes over, with everything that was answered.
    fn person(&mut self) -> End {
        self.actions.truncate(MOST_ACTIONS);
        let person = &self.flow.person;
        let own = Words::of(&self.language).handing;
        let text = person.say.as_ref().map_or_else(|| own.to_owned(), |text| self.text(text));
        self.actions.push(Action::say(text));
        let briefing = self.all_answers();
        self.actions.push(Action::HandOff { to: person.to.clone(), briefing });
        End::Over
    }

    fn all_answers(&self) -> Vec<(String, String)> {
        self.answers.iter().map(|(name, answer)| (name.clone(), answer.clone())).collect()
    }
}
