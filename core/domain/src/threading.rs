//! Which conversation a mail continues. Peers get this wrong: they go by headers alone, so a stranger who
//! quotes a number or answers somebody's mail lands in a conversation that is not theirs.
//!
//! The rule: a signed reply token proves by itself. A reference to one of our messages, or a number in
//! the subject, counts only if the sender takes part in that conversation already, and only if the
//! sender's domain does not say that the mail is forged. Everything else opens a new conversation.

use crate::id::ConversationId;

/// How a conversation was found, from the surest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// A reply token whose signature is right.
    Token,
    /// A Message-ID of one of its messages.
    Reference,
    /// Its number in the subject.
    Number,
}

/// A conversation that a mail may continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub conversation: ConversationId,
    /// How it was found.
    pub evidence: Evidence,
    /// Whether the sender takes part: is its contact, wrote in it, or was addressed by somebody who
    /// takes part.
    pub takes_part: bool,
    /// Whether it still takes messages.
    pub open: bool,
}

/// The candidate that the mail continues, or none: then it opens a new one. `forged` says that the
/// sender's domain disowns the mail (DMARC failed). Candidates of the same evidence count in their order.
#[must_use]
pub fn choose(candidates: &[Candidate], forged: bool) -> Option<&Candidate> {
    candidates
        .iter()
        .filter(|candidate| candidate.open)
        .filter(|candidate| {
            candidate.evidence == Evidence::Token || (candidate.takes_part && !forged)
        })
        .min_by_key(|candidate| candidate.evidence)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn candidate(n: u128, evidence: Evidence, takes_part: bool, open: bool) -> Candidate {
        Candidate { conversation: ConversationId(Uuid::from_u128(n)), evidence, takes_part, open }
    }

    fn chosen(candidates: &[Candidate], forged: bool) -> Option<u128> {
        choose(candidates, forged).map(|chosen| chosen.conversation.0.as_u128())
    }

    #[test]
    fn cases_that_peers_get_wrong() {
        use Evidence::{Number, Reference, Token};
        for (what, candidates, forged, expected) in [
            ("nothing is known", vec![], false, None),
            ("a token is enough", vec![candidate(1, Token, false, true)], false, Some(1)),
            (
                "a token is enough though DMARC fails",
                vec![candidate(1, Token, false, true)],
                true,
                Some(1),
            ),
            ("a stranger quotes a number", vec![candidate(1, Number, false, true)], false, None),
            (
                "a stranger answers a forwarded mail",
                vec![candidate(1, Reference, false, true)],
                false,
                None,
            ),
            ("somebody in copy answers", vec![candidate(1, Reference, true, true)], false, Some(1)),
            (
                "the customer writes the number by hand",
                vec![candidate(1, Number, true, true)],
                false,
                Some(1),
            ),
            ("a forged sender answers", vec![candidate(1, Reference, true, true)], true, None),
            ("a forged sender quotes a number", vec![candidate(1, Number, true, true)], true, None),
            (
                "the number of another conversation does not win over the reference",
                vec![candidate(2, Number, true, true), candidate(1, Reference, true, true)],
                false,
                Some(1),
            ),
            (
                "the newest reference wins",
                vec![candidate(2, Reference, true, true), candidate(1, Reference, true, true)],
                false,
                Some(2),
            ),
            (
                "a stranger's reference does not hide the number of an own one",
                vec![candidate(1, Reference, false, true), candidate(2, Number, true, true)],
                false,
                Some(2),
            ),
            ("what is over takes nothing", vec![candidate(1, Token, true, false)], false, None),
        ] {
            assert_eq!(chosen(&candidates, forged), expected, "{what}");
        }
    }

    proptest! {
        /// Whatever else a mail says, nobody reads what they do not take part in without a token.
        #[test]
        fn strangers_never_meet(
            facts in prop::collection::vec((0..4_u128, 0..3_u8, any::<bool>(), any::<bool>()), 0..12),
            forged: bool,
        ) {
            let candidates: Vec<Candidate> = facts.into_iter().map(|(n, evidence, takes_part, open)| {
                let evidence = match evidence {
                    0 => Evidence::Token,
                    1 => Evidence::Reference,
                    _ => Evidence::Number,
                };
                candidate(n, evidence, takes_part, open)
            }).collect();
            match choose(&candidates, forged) {
                Some(chosen) => {
                    let id = chosen.conversation;
                    let proofs = candidates.iter().filter(|c| c.conversation == id && c.open);
                    let proven = |c: &Candidate| {
                        c.evidence == Evidence::Token || (c.takes_part && !forged)
                    };
                    prop_assert!(proofs.clone().any(proven));
                    // And nothing surer was passed over.
                    let best = proofs.map(|c| c.evidence).min();
                    let tokens = candidates.iter().any(|c| c.open && c.evidence == Evidence::Token);
                    prop_assert!(!tokens || best == Some(Evidence::Token));
                }
                None => {
                    let idle = |c: &Candidate| {
                        !c.open || (c.evidence != Evidence::Token && (forged || !c.takes_part))
                    };
                    prop_assert!(candidates.iter().all(idle));
                }
            }
        }
    }
}
