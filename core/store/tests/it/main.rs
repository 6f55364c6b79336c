//! The store's behaviour, held against SQLite and PostgreSQL alike; then what only one of them has,
//! and faults.

mod commits;
mod place;
mod tale;

use place::Place;

/// Every test of the suite, on both databases.
macro_rules! suite {
    ($($module:ident { $($test:ident)* })*) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let place = crate::Place::sqlite().await;
                    crate::$module::$test(&place).await;
                    place.leave().await;
                })*
            })*
        }
        mod postgres {
            $(mod $module {
                $(#[tokio::test]
                async fn $test() {
                    let Some(place) = crate::Place::postgres().await else { return };
                    crate::$module::$test(&place).await;
                    place.leave().await;
                })*
            })*
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
    }
}
