#!/usr/bin/env bash
# A Rust plugin is swapped while 500 customers talk to it: makes the bot in two versions, signs and installs them, serves, and
# lets kerros-load talk and promote. Ends with 1 if anything was lost, doubled or disturbed, or the swap took longer than a second.
#   swap.sh BIN_DIR FOLDER [KERROS_LOAD_OPTION...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(realpath "$1")
folder=$2
shift 2
kerros=$bin/kerros
rm -rf "$folder"
mkdir -p "$folder/config/tenants"
folder=$(realpath "$folder")
cd "$folder"
"$kerros" plugin new --kind bot swap
cat > swap/src/lib.rs <<'END'
//! Says which version it is, and what was said.

use kerros_plugin::Error;
use kerros_plugin::bot::{Action, Bot, Host, Reply, Trigger, Turn};
use serde::{Deserialize, Serialize};

kerros_plugin::bot!(Swap);

struct Swap;

#[derive(Deserialize)]
struct Config {}

#[derive(Default, Serialize, Deserialize)]
struct State {
    said: u32,
}

impl Bot for Swap {
    type Config = Config;

    fn turn(_: &Config, turn: &Turn, _host: &impl Host) -> Result<Reply, Error> {
        let mut state: State = turn.kept().unwrap_or_default();
        if turn.trigger == Trigger::Started {
            return Reply::new(vec![Action::say("Hello")]).keep(&state);
        }
        state.said += 1;
        let text = format!("{}: {}", env!("CARGO_PKG_VERSION"), turn.conversation.newest_text());
        Reply::new(vec![Action::say(text)]).keep(&state)
    }
}
END
rm -f swap/vectors/*.json
cat > plugin.rest <<'END'
api = "0.1"
title = "Swap"
description = "Says which version it is."
wants = []
[config]
type = "object"
[example]
END
"$kerros" plugin keygen acme
for version in 1.0.0 2.0.0; do
  { echo 'id = "bot/swap"'; echo "version = \"$version\""; cat plugin.rest; } > swap/plugin.toml
  sed -i "s/^version = .*/version = \"$version\"/" swap/Cargo.toml
  (cd swap && "$kerros" plugin pack --out "../swap-$version.tar")
  "$kerros" plugin sign "swap-$version.tar" --key acme.key
done
cat > config/kerros.toml <<END
[plugins]
publishers = [{ name = "Acme", key = "$(cat acme.pub)" }]
[server.limits]
sockets_per_address = 10000
visits = { per_minute = 1000000, burst = 100000 }
visitor = { per_minute = 1000000, burst = 100000 }
END
cat > config/tenants/swap.toml <<'END'
title = "Swap"
languages = ["en"]
time_zone = "UTC"

[[layers]]
id = "self-service"
title = { en = "Self-service" }
kind = "self_service"

[[layers]]
id = "first-line"
title = { en = "First line" }
kind = "personal"
out_of_hours = "queue"
assignment = "manual"

[channels.chat]
plugin = "channel/web-chat"

[bots.self-service]
plugin = "bot/swap"

[widget]
channel = "chat"
title = { en = "Swap" }
END
export KERROS_CONFIG="$folder/config" KERROS_DATA="$folder/data"
# The first version serves once there is a server; the second, installed then, changes nothing by itself.
"$kerros" plugin install swap-1.0.0.tar
use="\"$kerros\" plugin upgrade --tenant swap --use self-service --promote --force"
export KERROS_CONFIG_DIR="$folder/config"
exec "$here/with_server.sh" "$kerros" "$folder/data" -- sh -c '
  bin=$1 use=$2 new=$3
  shift 3
  "$bin/kerros" plugin install "$new" || exit 1
  exec "$bin/kerros-load" swap --url "$KERROS_URL" --new "$use 2.0.0" --old "$use 1.0.0" "$@"
' sh "$bin" "$use" "$folder/swap-2.0.0.tar" "$@"
