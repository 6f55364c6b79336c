//! One package as one page of Markdown: the world, then what is called, then the types.

use std::fmt::Write as _;

use wit_parser::{
    Docs, Function, Interface, PackageId, Resolve, Type, TypeDef, TypeDefKind, World, WorldItem,
    WorldKey,
};

/// The page of a package.
pub(super) fn text(resolve: &Resolve, package: PackageId, folder: &str) -> String {
    let package = &resolve.packages[package];
    let mut page = format!("# `{}`\n\n", package.name);
    let _ = writeln!(
        page,
        "Written from [{folder}.wit](../../wit/{folder}/{folder}.wit) by `cargo xtask wit`: change it there.\n"
    );
    prose(&mut page, &package.docs);
    for world in package.worlds.values() {
        self::world(resolve, &mut page, &resolve.worlds[*world]);
    }
    let (called, types): (Vec<_>, Vec<_>) = package
        .interfaces
        .values()
        .map(|id| &resolve.interfaces[*id])
        .partition(|interface| !interface.functions.is_empty());
    for interface in called.into_iter().chain(types) {
        self::interface(resolve, &mut page, interface);
    }
    // One line end at the end of the file, as editors leave it.
    format!("{}\n", page.trim_end())
}

fn world(resolve: &Resolve, page: &mut String, world: &World) {
    let _ = writeln!(page, "## World `{}`\n", world.name);
    prose(page, &world.docs);
    for (title, items) in [("Imports", &world.imports), ("Exports", &world.exports)] {
        let names: Vec<String> =
            items.iter().filter_map(|(key, item)| item_name(resolve, key, item)).collect();
        if !names.is_empty() {
            let _ = writeln!(page, "{title}: {}\n", names.join(", "));
        }
    }
}

fn item_name(resolve: &Resolve, key: &WorldKey, item: &WorldItem) -> Option<String> {
    match item {
        WorldItem::Interface { .. } => Some(format!("`{}`", resolve.name_world_key(key))),
        WorldItem::Function(function) => Some(format!("`{}`", function.name)),
        WorldItem::Type { .. } => None,
    }
}

fn interface(resolve: &Resolve, page: &mut String, interface: &Interface) {
    let name = interface.name.as_deref().unwrap_or_default();
    let _ = writeln!(page, "## Interface `{name}`\n");
    prose(page, &interface.docs);
    for function in interface.functions.values() {
        self::function(resolve, page, function);
    }
    for id in interface.types.values() {
        definition(resolve, page, &resolve.types[*id]);
    }
}

fn function(resolve: &Resolve, page: &mut String, function: &Function) {
    let _ = writeln!(page, "### `{}`\n", function.name);
    let params: Vec<String> = function
        .params
        .iter()
        .map(|param| format!("{}: {}", param.name, name_of(resolve, &param.ty)))
        .collect();
    let result = function.result.as_ref().map(|ty| format!(" -> {}", name_of(resolve, ty)));
    let result = result.unwrap_or_default();
    let _ = writeln!(page, "    {}({}){result}\n", function.name, params.join(", "));
    prose(page, &function.docs);
}

fn definition(resolve: &Resolve, page: &mut String, definition: &TypeDef) {
    let name = definition.name.as_deref().unwrap_or_default();
    // A type of another interface that is used here has its place there.
    if let TypeDefKind::Type(Type::Id(_)) = definition.kind {
        return;
    }
    let _ = writeln!(page, "### {} `{name}`\n", definition.kind.as_str());
    prose(page, &definition.docs);
    match &definition.kind {
        TypeDefKind::Record(record) => {
            let rows = record
                .fields
                .iter()
                .map(|field| (field.name.as_str(), Some(name_of(resolve, &field.ty)), &field.docs));
            table(page, rows);
        }
        TypeDefKind::Variant(variant) => {
            let rows = variant.cases.iter().map(|case| {
                let payload = case.ty.as_ref().map(|ty| name_of(resolve, ty));
                (case.name.as_str(), payload, &case.docs)
            });
            table(page, rows);
        }
        TypeDefKind::Enum(known) => {
            table(page, known.cases.iter().map(|case| (case.name.as_str(), None, &case.docs)));
        }
        _ => {
            let _ = writeln!(page, "    {}\n", kind(resolve, &definition.kind));
        }
    }
}

fn table<'a>(page: &mut String, rows: impl Iterator<Item = (&'a str, Option<String>, &'a Docs)>) {
    page.push_str("| name | type | |\n|---|---|---|\n");
    for (name, ty, docs) in rows {
        let ty = ty.map_or_else(String::new, |ty| format!("`{ty}`"));
        let said = docs.contents.as_deref().unwrap_or_default();
        let said = said.lines().map(str::trim).collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let _ = writeln!(page, "| `{name}` | {ty} | {said} |");
    }
    page.push('\n');
}

fn prose(page: &mut String, docs: &Docs) {
    if let Some(said) = &docs.contents {
        for line in said.lines() {
            let _ = writeln!(page, "{}", line.trim());
        }
        page.push('\n');
    }
}

fn name_of(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::F32 => "f32".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::ErrorContext => "error-context".to_owned(),
        Type::Id(id) => {
            let definition = &resolve.types[*id];
            match &definition.name {
                Some(name) => name.clone(),
                None => kind(resolve, &definition.kind),
            }
        }
    }
}

fn kind(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let of = |ty: &Type| name_of(resolve, ty);
    let opt = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), of);
    match kind {
        TypeDefKind::Option(ty) => format!("option<{}>", of(ty)),
        TypeDefKind::List(ty) => format!("list<{}>", of(ty)),
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Result(result) => format!("result<{}, {}>", opt(&result.ok), opt(&result.err)),
        TypeDefKind::Type(ty) => of(ty),
        other => other.as_str().to_owned(),
    }
}
