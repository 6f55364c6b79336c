#!/usr/bin/env bash
# The demo's configuration with a mail channel that a mail service brings mails to: config.sh FOLDER
set -euo pipefail
folder=$1
rm -rf "$folder"
cp -r config "$folder"
cat >>"$folder/tenants/aurinko.toml" <<'TOML'

[channels.mail]
plugin = "channel/email"
[channels.mail.config]
address = "help@aurinko.example"
trusted = ["mx.aurinko.example"]
hook_secret = "mail_in"
[channels.mail.secrets]
mail_in = { generated = true }
TOML
echo "$folder"
