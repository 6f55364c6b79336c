//! Addresses that take no messages any more.

use kerros_domain::id::ChannelId;
use kerros_domain::time::Timestamp;

use crate::clean;
use crate::ports::store::{BadAddress, Contact};

/// The contact with its address on the channel marked, or with this one address there; `None` if it has no
/// such address or it is marked already.
pub(crate) fn mark(
    mut contact: Contact,
    channel: &ChannelId,
    address: Option<&str>,
    reason: &str,
    at: Timestamp,
) -> Option<Contact> {
    let own = contact.addresses.iter().find(|(on, known)| {
        on == channel && address.is_none_or(|address| address.eq_ignore_ascii_case(known))
    });
    let address = own?.1.clone();
    let known = |bad: &BadAddress| bad.channel == *channel && bad.address == address;
    if contact.bad_addresses.iter().any(known) {
        return None;
    }
    let reason = clean::line(reason, 500);
    contact.bad_addresses.push(BadAddress { channel: channel.clone(), address, reason, at });
    Some(contact)
}

/// The contact without the mark on an address that just wrote: it works again.
pub(crate) fn works_again(contact: &mut Contact, channel: &ChannelId, address: &str) -> bool {
    let before = contact.bad_addresses.len();
    contact.bad_addresses.retain(|bad| bad.channel != *channel || bad.address != address);
    contact.bad_addresses.len() != before
}
