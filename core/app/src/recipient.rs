//! Where a customer is reached on a channel: at their address there, else at one of the kind that the channel takes
//! and that they left elsewhere. So whoever filled in a form is answered by mail, and whoever wrote on WhatsApp by SMS.

use kerros_domain::id::ChannelId;

use crate::ports::store::Contact;
use crate::tenant::{Takes, Tenant};

/// The channel under which the contact has the address, and the address; one that works goes before one that does not.
#[must_use]
pub fn of<'a>(
    tenant: &Tenant,
    contact: &'a Contact,
    channel: &ChannelId,
) -> Option<&'a (ChannelId, String)> {
    let works =
        |at: &&(ChannelId, String)| !contact.bad_addresses.iter().any(|bad| bad.address == at.1);
    let own = || contact.addresses.iter().filter(|(on, _)| on == channel);
    let takes = tenant.channels.get(channel).and_then(|used| used.sending.takes);
    let of_its_kind = || {
        let all = contact.addresses.iter();
        all.filter(|(_, address)| takes.is_some_and(|takes| takes.fits(address)))
    };
    own().find(works).or_else(|| of_its_kind().find(works)).or_else(|| own().next())
}

/// The contact's first address of a kind, wherever it was left.
pub(crate) fn first(contact: &Contact, takes: Takes) -> Option<&str> {
    contact.addresses.iter().map(|(_, address)| address.as_str()).find(|one| takes.fits(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_kind() {
        for (address, mail, phone) in [
            ("aino@example.com", true, false),
            ("aino@localhost", false, false),
            ("@example.com", false, false),
            ("a b@example.com", false, false),
            ("+358401234567", false, true),
            ("358401234567", false, false),
            ("+35840 1234567", false, false),
            ("visitor-7", false, false),
        ] {
            assert_eq!(
                (Takes::Mail.fits(address), Takes::Phone.fits(address)),
                (mail, phone),
                "{address}"
            );
        }
    }
}
