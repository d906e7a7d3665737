//! Cases may share a store and run at the same time, those about purges too.

use futures::future::{BoxFuture, join_all};
use tasklane_domain_testkit::MemoryStore;
use tasklane_domain_testkit::contract::{TrashStore, feed, purges, trash};

/// Begins each named case on the store.
macro_rules! begun {
    ($store:ident: $($area:ident::$case:ident),* $(,)?) => {
        vec![$(Box::pin($area::$case(&$store)) as BoxFuture<'_, ()>),*]
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_do_not_disturb_each_other_on_one_store() {
    let store = TrashStore::of(MemoryStore::default());
    let cases = begun![store:
        purges::a_purge_removes_what_is_due_and_raises_the_horizon,
        trash::emptying_the_trash_erases_what_is_in_it,
        purges::what_was_deleted_at_the_instant_itself_stays,
        feed::a_reader_who_follows_the_feed_misses_nothing,
        purges::a_tombstone_is_due_when_its_task_would_have_been,
        purges::a_purge_keeps_to_its_limit,
        trash::a_fingerprint_is_kept_to_the_end,
        purges::a_purge_of_nothing_removes_nothing,
        purges::a_purge_that_may_remove_nothing_says_that_there_is_more,
        purges::a_sync_point_from_before_the_horizon_has_expired,
        purges::a_reading_that_began_with_nothing_goes_on_over_the_horizon,
        purges::a_purge_below_a_reading_ends_it,
        purges::a_purged_id_is_free_again,
        purges::a_purge_makes_room_for_items_and_text_only,
        purges::simultaneous_purges_remove_each_row_once,
    ];
    join_all(cases).await;
}
