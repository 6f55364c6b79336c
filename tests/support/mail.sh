#!/usr/bin/env bash
# A mail server of its own for tests: Dovecot (IMAP, LMTP, login) and Postfix (submission) on free ports of this
# machine, in a temporary folder, with a certificate of their own.
#
#   tests/support/mail.sh start DIR   prints NAME=VALUE lines: ports, users, certificate
#   tests/support/mail.sh stop DIR    stops both
#   tests/support/mail.sh kill DIR    kills Dovecot as a power cut would
#   tests/support/mail.sh dovecot DIR starts Dovecot again
#
# Users are any NAME@test.example with the password "secret"; their mail lies in DIR/mail/NAME@test.example.
# Postfix refuses nobody@ for good and grey@ for now; gone@ it takes, and then reports that
# another server refused it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../deploy/provide.sh
. "$here/../../deploy/provide.sh"

usage() {
  echo "usage: $0 start|stop|kill|dovecot DIR" >&2
  exit 2
}
[ $# = 2 ] || usage
verb=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

free_ports() {
  node -e '
    const held = Array.from({ length: Number(process.argv[1]) }, () => require("net").createServer());
    let open = 0;
    for (const one of held) one.listen(0, "127.0.0.1", () => {
      if (++open < held.length) return;
      console.log(held.map((server) => server.address().port).join(" "));
      held.forEach((server) => server.close());
    });
  ' "$1"
}

certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=kerros test CA" \
    -keyout "$folder/ca.key" -out "$folder/ca.pem" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout "$folder/key.pem" -out "$folder/request.pem" 2>/dev/null
  openssl x509 -req -in "$folder/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
    -out "$folder/cert.pem" -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") 2>/dev/null
}

dovecot_config() {
  cat >"$folder/dovecot.conf" <<CONF
base_dir = $folder/run
state_dir = $folder/run
log_path = $folder/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$folder/cert.pem
ssl_key = <$folder/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:$folder/mail/%u
mail_uid = $owner
mail_gid = $group
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_max_userip_connections = 1000
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=$owner gid=$group home=$folder/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
  mailbox Done {
    auto = create
  }
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = $sasl
  }
}
service anvil {
  chroot =
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
CONF
  if [ "$(id -u)" != 0 ]; then
    cat >>"$folder/dovecot.conf" <<CONF
default_internal_user = $owner
default_internal_group = $group
default_login_user = $owner
service imap-login {
  chroot =
}
CONF
  fi
}

postfix_config() {
  mkdir -p "$folder/postfix" "$folder/queue" "$folder/postfix-data"
  chown postfix "$folder/postfix-data"
  cat >"$folder/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $folder/queue
data_directory = $folder/postfix-data
maillog_file = $folder/postfix.log
maillog_file_prefixes = $folder
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks_style = host
virtual_mailbox_domains = test.example
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
transport_maps = inline:{{gone@test.example = smtp:[127.0.0.1]:$elsewhere}}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$sasl
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = $folder/cert.pem
smtpd_tls_key_file = $folder/key.pem
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{nobody@test.example = 550 5.1.1 nobody lives here}, {grey@test.example = 450 4.2.0 come back later}}, permit_sasl_authenticated, reject
smtpd_delay_reject = yes
message_size_limit = 52428800
CONF
  cat >"$folder/postfix/master.cf" <<CONF
127.0.0.1:$smtp inet n - n - - smtpd
127.0.0.1:$smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
lmtp unix - - n - - lmtp
error unix - - n - - error
smtp unix - - n - - smtp
127.0.0.1:$elsewhere inet n - n - - smtpd
  -o myhostname=elsewhere.example
  -o smtpd_relay_restrictions=permit
  -o { smtpd_recipient_restrictions = check_recipient_access static:{550 5.1.1 this mailbox is gone}, reject }
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
CONF
}

# What it starts would hold the caller's pipes open, and the caller wait for their end.
start_dovecot() {
  dovecot -c "$folder/dovecot.conf" </dev/null >"$folder/dovecot.start" 2>&1 && return 0
  cat "$folder/dovecot.start" "$folder/dovecot.log" >&2
  return 1
}

start_postfix() {
  postfix -c "$folder/postfix" start </dev/null >"$folder/postfix.start" 2>&1 && return 0
  # What it has to say stands in its log.
  cat "$folder/postfix.start" "$folder/postfix.log" >&2
  return 1
}

stop_all() {
  [ ! -f "$folder/run/master.pid" ] || kill "$(cat "$folder/run/master.pid")" 2>/dev/null || true
  [ ! -d "$folder/postfix" ] || postfix -c "$folder/postfix" stop >/dev/null 2>&1 || true
}

# A port that was free a moment ago may be somebody's by the time a server wants it.
start_all() {
  read -r imap imaps lmtp sasl smtp smtps elsewhere <<<"$(free_ports 7)"
  dovecot_config
  start_dovecot && listens "$imap" || return 1
  [ "$(id -u)" = 0 ] && have postfix || return 0
  postfix_config
  start_postfix && listens "$smtp"
}

listens() {
  local tries
  for tries in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.1
  done
  echo "nothing listens on port $1 after $tries tries" >&2
  return 1
}

case $verb in
  start)
    have node || { echo "Node.js is needed" >&2; exit 1; }
    provide_mail || exit 1
    chmod 755 "$folder"
    if [ "$(id -u)" = 0 ]; then
      owner=nobody group=nogroup
    else
      owner=$(id -un) group=$(id -gn)
    fi
    mkdir -p "$folder/mail" "$folder/run"
    chown "$owner" "$folder/mail"
    certificate
    tries=1
    until start_all; do
      stop_all
      [ "$tries" -lt 3 ] || { echo "not started in $tries tries" >&2; exit 1; }
      tries=$((tries + 1))
      # The master goes when its children have.
      while [ -f "$folder/run/master.pid" ] && kill -0 "$(cat "$folder/run/master.pid")" 2>/dev/null; do sleep 0.1; done
    done
    printf '%s\n' "IMAP=$imap" "IMAPS=$imaps" "LMTP=$lmtp" "CA=$folder/ca.pem" "MAIL=$folder/mail" "OWNER=$owner"
    if [ -d "$folder/postfix" ]; then
      printf '%s\n' "SMTP=$smtp" "SMTPS=$smtps"
    fi
    ;;
  dovecot)
    start_dovecot
    listens "$(awk '/inet_listener imap \{/ { getline; print $3 }' "$folder/dovecot.conf")"
    ;;
  kill)
    # The master and what it started, by their own ids.
    master=$(cat "$folder/run/master.pid")
    children=$(pgrep -P "$master" || true)
    # shellcheck disable=SC2086
    kill -9 "$master" $children 2>/dev/null || true
    rm -f "$folder/run/master.pid"
    ;;
  stop)
    stop_all
    rm -rf "$folder"
    ;;
  *) usage ;;
esac
