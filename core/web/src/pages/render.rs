//! Templates to HTML: one environment per language, so that `t("…")` in a template speaks it.

use std::sync::LazyLock;

use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::assets;
use crate::i18n::{Arg, Lang, speech};

/// `("console/page.html", text)` for every file of `templates/`.
pub(super) static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

static ENVIRONMENTS: LazyLock<Result<[Environment<'static>; 3], String>> = LazyLock::new(|| {
    let [fi, sv, en] = Lang::ALL.map(environment);
    Ok([fi?, sv?, en?])
});

fn environment(lang: Lang) -> Result<Environment<'static>, String> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_debug(cfg!(debug_assertions));
    env.add_function("t", move |id: &str, values: Kwargs| translate(lang, id, &values));
    env.add_function("asset", |name: &str| {
        assets::address(name).ok_or_else(|| {
            Error::new(ErrorKind::InvalidOperation, format!("there is no asset {name:?}"))
        })
    });
    env.add_global("lang", lang.code());
    for (name, text) in FILES {
        env.add_template(name, text).map_err(|e| format!("{name}: {e:#}"))?;
    }
    Ok(env)
}

fn translate(lang: Lang, id: &str, values: &Kwargs) -> Result<String, Error> {
    let mut args = Vec::new();
    for name in values.args() {
        let value: Value = values.get(name)?;
        let arg = match i64::try_from(value.clone()) {
            Ok(number) if value.is_number() => Arg::Number(number),
            _ => Arg::Text(value.to_string()),
        };
        args.push((name, arg));
    }
    let say = speech(lang);
    match say.say(id, &args) {
        Ok(text) => Ok(text),
        // In tests a missing message fails; a person in a hurry is better served by the bare id.
        Err(why) if cfg!(test) => Err(Error::new(ErrorKind::InvalidOperation, why)),
        Err(_) => Ok(say.with(id, &args)),
    }
}

/// Renders a template with a typed context.
pub fn render<C: Serialize>(lang: Lang, template: &str, context: &C) -> Result<String, String> {
    let all = ENVIRONMENTS.as_ref().map_err(Clone::clone)?;
    let env = match lang {
        Lang::Fi => &all[0],
        Lang::Sv => &all[1],
        Lang::En => &all[2],
    };
    env.get_template(template)
        .and_then(|t| t.render(Value::from(Serde(context))))
        .map_err(|e| format!("{template} ({}): {e:#}", lang.code()))
}
