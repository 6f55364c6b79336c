//! Which files outside the config's own folders a tenant is made of: those that its secrets and its servers' certificates
//! are read from.

use std::path::{Path, PathBuf};

use kerros_settings::SecretSource;
use kerros_settings::tenant::Tenant;

/// Their paths; what is in them is not looked at here.
pub fn files(folder: &Path, config: &Tenant) -> Vec<PathBuf> {
    let plugins = config.plugins();
    let plugins = plugins.iter().flat_map(|placed| placed.uses.secrets.values());
    let mailboxes = config
        .mailboxes
        .values()
        .map(|one| (one.password.as_ref(), one.oauth2.as_ref(), one.ca.as_ref()));
    let outboxes = config
        .outboxes
        .values()
        .map(|one| (one.password.as_ref(), one.oauth2.as_ref(), one.ca.as_ref()));
    let accounts: Vec<_> = mailboxes.chain(outboxes).collect();
    let passwords = accounts.iter().filter_map(|(password, ..)| *password);
    let tokens = accounts.iter().filter_map(|(_, oauth2, _)| *oauth2).flat_map(|oauth2| {
        [&oauth2.client_secret, &oauth2.refresh_token].into_iter().filter_map(Option::as_ref)
    });
    let keys = config.outboxes.values().flat_map(|one| one.dkim.iter().map(|dkim| &dkim.key));
    let named =
        plugins.chain(passwords).chain(tokens).chain(keys).filter_map(|source| match source {
            SecretSource::File { file } => Some(file),
            _ => None,
        });
    let certificates = accounts.iter().filter_map(|(.., ca)| *ca);
    let mut files: Vec<PathBuf> = named.chain(certificates).map(|file| folder.join(file)).collect();
    files.sort();
    files.dedup();
    files
}
