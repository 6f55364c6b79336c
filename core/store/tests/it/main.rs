//! The store's behaviour, held against SQLite and PostgreSQL alike; then what only one of them has,
//! and faults.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; clippy's exemption covers only test functions themselves"
)]

mod child;
mod commits;
mod conversations;
mod costs;
mod crash;
mod files;
mod full;
mod gone;
mod jobs;
mod kv;
mod mail;
mod messages;
mod nodes;
mod people;
mod place;
mod role;
#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;
mod tale;
mod threads;
mod tls;
mod upkeep;
mod versions;

use place::Place;

macro_rules! on {
    ($place:tt $($module:ident { $($test:ident)* })*) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $test() {
                let Some(place) = $place else { return };
                crate::$module::$test(&place).await;
                place.leave().await;
            })*
        })*
    };
}

/// Every test of the suite, on every store.
macro_rules! suite {
    ($($tests:tt)*) => {
        mod memory {
            on! { (Some(crate::Place::memory())) $($tests)* }
        }
        mod sqlite {
            on! { (Some(crate::Place::sqlite().await)) $($tests)* }
        }
        mod postgres {
            on! { (crate::Place::postgres().await) $($tests)* }
        }
    };
}

/// Tests that look behind the store's back, or open it again.
macro_rules! databases {
    ($($tests:tt)*) => {
        mod behind_sqlite {
            on! { (Some(crate::Place::sqlite().await)) $($tests)* }
        }
        mod behind_postgres {
            on! { (crate::Place::postgres().await) $($tests)* }
        }
    };
}

suite! {
    commits {
        a_unit_is_read_back_as_it_was_written
        a_conversation_moves_on_only_from_the_sequence_that_was_read
        a_repeat_is_a_duplicate_and_writes_nothing
        nothing_is_written_across_the_scope
        journal_and_row_cannot_part
        an_address_names_one_contact
        one_writer_s_fault_is_not_another_s
        units_of_one_conversation_keep_their_order
        a_large_unit_is_one_unit
        a_nul_in_text_breaks_nothing
        writers_that_conflict_all_get_through
    }
    conversations {
        a_thread_is_known_until_it_is_closed
        nothing_is_read_across_the_scope
        pages_show_each_row_once_and_in_order
        a_filter_keeps_what_fits
        a_foreign_cursor_is_refused
        depths_count_what_is_open
        what_is_due_comes_earliest_first
        who_is_called_is_listed_until_it_was_seen
    }
    mail {
        a_position_is_one_with_its_mails
        a_position_never_goes_back
    }
    messages {
        messages_are_read_oldest_first_in_parts
        a_delivery_moves_on
    }
    jobs {
        a_job_is_taken_whole_and_once
        a_job_waits_for_its_time_and_its_lease
        jobs_of_one_order_key_run_one_after_the_other
        the_only_node_takes_whole_lines
        only_the_owner_ends_a_job
        a_retry_counts_and_says_why
        leases_are_extended_and_given_back
        dead_letters_are_seen_and_retried
        waiting_deliveries_are_counted_by_channel
        no_job_is_taken_twice
    }
    threads {
        what_a_message_carries_is_read_back
        people_and_cases_are_found_by_their_own_tenant_only
        numbers_are_never_given_twice
        a_secret_is_kept_once
        old_raw_things_go_and_new_ones_stay
        a_job_remembers_and_waits_without_an_attempt
    }
    people {
        a_person_is_saved_and_changed
        people_are_seen_by_membership
        a_token_lives_until_it_ends
        loads_count_what_people_hold
    }
    upkeep {
        a_period_is_read_in_pages
        visits_are_kept_by_tenant
        one_leads
    }
}

databases! {
    files {
        a_file_is_whole_or_not_there_and_swept_when_nobody_takes_it
    }
    costs {
        costs_add_up_and_stay_apart
    }
    commits {
        a_conversation_needs_its_contact
        a_unit_has_one_row_per_conversation
    }
    kv {
        each_use_keeps_its_own
        what_is_over_is_gone_and_a_full_use_says_so
    }
    jobs {
        a_job_of_a_killed_process_counts_an_attempt
    }
    people {
        people_and_tokens_are_held_to_the_schema
    }
    upkeep {
        verification_finds_what_was_tampered_with
    }
    versions {
        a_store_is_opened_again
        several_open_at_once
        a_newer_database_is_refused
        an_existing_database_is_opened_as_it_is
    }
}
