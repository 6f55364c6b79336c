//! What is not granted says so in its own words: an error that the guest's language turns into its usual exception, an
//! empty list, or none. Only what has no such words ends the call.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};
use wasmtime::component::{LinkerInstance, ResourceType, Val};

use crate::ended::Stopped;
use crate::state::CallState;

/// A resource that is never made: a file, a socket, a terminal.
struct Never;

/// Links every function and resource of an interface as refused. `known` are the resources met so far: a later
/// interface that only names one again needs no second one.
pub(super) fn link(
    engine: &Engine,
    interface: &str,
    instance: &ComponentInstance,
    place: &mut LinkerInstance<'_, CallState>,
    known: &mut Vec<ResourceType>,
) -> wasmtime::Result<()> {
    for (name, export) in instance.exports(engine) {
        match export.ty {
            ComponentItem::ComponentFunc(_) => {
                let full = format!("{interface}.{name}");
                place.func_new(name, move |_, ty, _, results| no(&full, &ty, results))?;
            }
            ComponentItem::Resource(ty) if !known.contains(&ty) => {
                known.push(ty);
                place.resource(name, ResourceType::host::<Never>(), |_, _| Ok(()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn no(name: &str, ty: &ComponentFunc, results: &mut [Val]) -> wasmtime::Result<()> {
    let stopped = || wasmtime::Error::new(Stopped(format!("{name} is not granted to plugins")));
    for (result, ty) in results.iter_mut().zip(ty.results()) {
        *result = refusal(&ty).ok_or_else(stopped)?;
    }
    Ok(())
}

/// "No" in the words of a type.
fn refusal(ty: &Type) -> Option<Val> {
    match ty {
        Type::Option(_) => Some(Val::Option(None)),
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Result(result) => {
            let error = match result.err() {
                None => None,
                Some(Type::Enum(words)) => {
                    const NO: [&str; 4] =
                        ["access-denied", "not-permitted", "access", "not-supported"];
                    let word = NO.iter().find(|no| words.names().any(|name| name == **no))?;
                    Some(Box::new(Val::Enum((*word).to_owned())))
                }
                Some(Type::Variant(cases)) => {
                    let closed = cases.cases().any(|c| c.name == "closed" && c.ty.is_none());
                    closed.then(|| Box::new(Val::Variant("closed".to_owned(), None)))?.into()
                }
                Some(_) => return None,
            };
            Some(Val::Result(Err(error)))
        }
        _ => None,
    }
}
