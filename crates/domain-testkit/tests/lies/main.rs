//! The contract suite notices wrong stores: each lie here is what some careless store says, and
//! each must fail the case that is named beside it.

#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod lists;
mod purges;
mod resyncs;
mod store;
mod tasks;
mod users;

use std::pin::Pin;

use tasklane_domain_testkit::contract::{self, Stores};

use crate::store::LyingStore;

type CaseFn = fn(Stores) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Declares the lies, and with each the case that must notice it.
macro_rules! lies {
    ($($(#[$doc:meta])* $lie:ident => $area:ident::$case:ident,)*) => {
        /// What a store can say that is not true.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Lie {
            $($(#[$doc])* $lie,)*
        }

        const LIES: &[(Lie, &str, CaseFn)] = &[$((
            Lie::$lie,
            stringify!($case),
            |stores| Box::pin(async move { contract::$area::$case(&stores).await }),
        ),)*];
    };
}

lies! {
    /// Finds a task that is in the trash.
    FindsTrash => trash::a_deleted_task_is_found_only_in_the_trash,
    /// Finds a task by its id alone.
    FindsTasksOfOthers => isolation::nobody_reads_the_task_of_another,
    /// Answers from a cache that no write clears.
    RemembersWhatChanged => tasks::a_patch_sets_what_it_names_and_keeps_the_rest,
    /// Cuts instants to milliseconds.
    CutsInstants => fidelity::instants_come_back_to_the_microsecond,
    /// Trims descriptions.
    TrimsDescriptions => fidelity::awkward_text_comes_back_to_the_byte,
    /// Forgets what a task was created from once it changes.
    ForgetsFingerprintOnChange => trash::a_fingerprint_is_kept_to_the_end,
    /// Forgets what a task was created from once it is erased.
    ForgetsFingerprintOnErasure => trash::a_fingerprint_is_kept_to_the_end,
    /// Creates the user with a write that is refused.
    CreatesUserOnRefusal => first_writes::what_changes_nothing_creates_no_user,
    /// Says that it created a task under the id of a tombstone.
    GivesTakenIds => trash::an_id_stays_taken_after_its_task,
    /// Reports a write that changed nothing as a change.
    CallsNothingAChange => tasks::an_unchanging_write_takes_no_revision,
    /// Sets the time of completion at every change.
    RestampsCompletion => tasks::a_done_task_keeps_the_time_at_which_it_was_done,
    /// Counts the retention of trash from its erasure.
    CountsRetentionFromErasure => trash::an_erased_task_leaves_a_tombstone,
    /// Enforces no quota.
    IgnoresQuota => quotas::a_create_beyond_the_quota_is_refused,
    /// Counts completed tasks as open ones.
    CountsCompletedTasks => quotas::only_open_tasks_take_room,
    /// Counts no tombstones.
    CountsNoTombstones => quotas::everything_kept_counts_as_an_item,
    /// Counts characters instead of bytes.
    CountsCharacters => quotas::the_text_of_all_tasks_counts_by_its_bytes,
    /// Lets writes through that name no revision though they must.
    RequiresNoPrecondition => preconditions::a_required_precondition_must_be_given,
    /// Reads only the first revision of a precondition.
    ReadsOneRevision => preconditions::a_met_precondition_lets_the_write_through,
    /// Checks the precondition, lets others write, and then writes.
    ChecksBeforeWriting => concurrency::simultaneous_conditional_writes_let_one_through,
    /// Reads whether a task is done, lets others write, and then writes the opposite.
    TogglesWhatItRead => concurrency::fifty_simultaneous_toggles_are_fifty_changes,
    /// Reads a task, lets others write, and then writes every field.
    WritesWholeTasks => concurrency::simultaneous_patches_of_different_fields_lose_nothing,
    /// Keeps what a batch did before an operation was refused.
    KeepsHalfABatch => batches::one_refusal_undoes_the_whole_batch,
    /// Names the owner's revision from before the batch.
    NamesRevisionBeforeBatch => batches::a_batch_does_everything_in_order,
    /// Lists the outcomes of a batch backwards.
    ReversesOutcomes => batches::a_batch_does_everything_in_order,
    /// Says that the first operation of a batch was refused, whichever it was.
    BlamesFirstOperation => batches::one_refusal_undoes_the_whole_batch,
    /// Does nothing of a batch once an operation is refused, though each is by itself.
    StopsAtARefusal => partial_batches::a_refused_operation_leaves_the_others,
    /// Says that an emptied trash was empty.
    CountsNothingErased => trash::emptying_the_trash_erases_what_is_in_it,
    /// Names the owner's revision from before the trash was emptied.
    NamesRevisionBeforeEmptying => trash::emptying_the_trash_erases_what_is_in_it,
    /// Empties the whole trash, whatever the limit.
    EmptiesWholeTrash => trash::a_trash_is_emptied_in_slices,
    /// Does not look at when the actor's token was issued.
    TrustsOutdatedTokens => disabling::an_outdated_token_writes_nothing,

    /// Takes `%` for a wildcard.
    TakesWildcards => lists::wildcards_in_words_are_plain_characters,
    /// Searches titles and nothing else.
    SearchesTitlesOnly => lists::words_are_found_whatever_their_case_and_accents,
    /// Includes the end of a range of due dates.
    IncludesTheEnd => lists::due_limits_are_exclusive_and_inclusive,
    /// Excludes the beginning of a range of due dates.
    ExcludesTheBeginning => lists::due_limits_are_exclusive_and_inclusive,
    /// Is satisfied with the first of several tags.
    TakesAnyTag => lists::tags_match_as_a_whole_without_case,
    /// Lists the trash with the live tasks.
    ShowsTrashInLists => trash::a_deleted_task_is_found_only_in_the_trash,
    /// Promises a page behind the last one when that is full.
    PromisesPageBehindFullOne => lists::an_exactly_full_last_page_has_no_next,
    /// Ends a walk when the task where it is has gone.
    EndsWalkBehindGoneTask => walks::a_walk_goes_on_behind_a_task_that_has_gone,
    /// Sorts due dates by their bytes, as if there were none before 1970.
    SortsDueDatesWithoutSign => orders::due_dates_of_every_century_are_in_order,
    /// Puts tasks without a due date first.
    PutsUndatedFirst => orders::undated_tasks_come_last_both_ways,
    /// Sorts titles by their letters as they were written.
    SortsTitlesAsWritten => orders::titles_are_ordered_by_the_bytes_of_their_key,
    /// Sorts priorities by their names.
    SortsPrioritiesByName => orders::priorities_are_ordered_by_rank,
    /// Breaks ties by ascending ids in descending orders too.
    BreaksTiesUpwards => orders::ties_are_broken_by_id,

    /// Serves a point that the owner has not reached.
    ServesPointsAhead => feed::a_sync_point_ahead_of_the_owner_is_refused,
    /// Serves a point from before the purge horizon.
    ServesExpiredPoints => purges::a_sync_point_from_before_the_horizon_has_expired,
    /// Leaves erased tasks out of the feed.
    HidesTombstones => feed::the_feed_has_the_newest_state_of_everything,
    /// Leaves the trash out of the feed.
    HidesTrashInFeed => feed::the_feed_has_the_newest_state_of_everything,
    /// Sorts the feed by the clock.
    OrdersFeedByClock => feed::the_order_is_that_of_revisions_not_of_clocks,
    /// Promises more behind the last stretch when that is full.
    PromisesMoreBehindFullStretch => feed::a_feed_is_read_in_stretches,
    /// Goes on at the owner's revision though there is more before it.
    SkipsToTheEnd => feed::a_feed_is_read_in_stretches,
    /// Serves the change at the point again.
    RepeatsTheSyncPoint => feed::a_sync_point_hides_what_came_before_it,
    /// Forgets that a reading began with nothing.
    ForgetsWhereItBegan => purges::a_reading_that_began_with_nothing_goes_on_over_the_horizon,

    /// Purges what was deleted at the very instant too.
    PurgesAtTheInstant => purges::what_was_deleted_at_the_instant_itself_stays,
    /// Purges everything at once, whatever the limit.
    PurgesWithoutLimit => purges::a_purge_keeps_to_its_limit,
    /// Says that nothing is left when a purge has reached its limit.
    StopsPurgingEarly => purges::a_purge_that_may_remove_nothing_says_that_there_is_more,
    /// Keeps the purge horizon to itself.
    HidesHorizon => purges::a_purge_removes_what_is_due_and_raises_the_horizon,

    /// Says that it has resynced an owner, and leaves everything as it was.
    ResyncsNobody => resyncs::a_resync_makes_copies_begin_again,

    /// Counts from zero again when an erased user comes back.
    StartsRevisionsAgain => users::an_erased_federated_user_comes_back_empty,
    /// Stamps a renaming that changes nothing.
    StampsEveryRenaming => users::a_user_changes_their_name,
    /// Leaves sessions alone when a password is reset by a link.
    KeepsSessionsOnReset => links::a_reset_link_sets_a_password_and_ends_all_sessions,
    /// Takes a link however old it is.
    TakesLinksForEver => links::a_link_is_good_until_its_end,
    /// Lists sessions from the oldest to the newest.
    ListsOldestSessionsFirst => sessions::sessions_are_listed_newest_first,
    /// Opens a session though the password was changed since it was checked.
    OpensUnderAnyPassword => sign_ins::a_session_begins_under_the_password_that_was_checked,
    /// Remembers no address.
    KnowsNoAddress => sign_ins::the_address_of_a_sign_in_is_known,
    /// Ends the session when the answer to a refresh was lost.
    KnowsNoGrace => refreshes::the_secret_used_last_gives_its_successor_again,
    /// Takes the secret used last for ever.
    GivesAnEndlessGrace => refreshes::a_repetition_after_the_grace_ends_the_session,
}

/// Whether a store that tells the lie fails the case.
async fn is_noticed(lie: Lie, case: CaseFn) -> bool {
    let stores = Stores::of(LyingStore::telling(lie));
    tokio::spawn(case(stores)).await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_lie_is_noticed_by_its_case() {
    let mut unnoticed = Vec::new();
    for (lie, case, run) in LIES {
        if !is_noticed(*lie, *run).await {
            unnoticed.push(format!("{lie:?} by {case}"));
        }
    }
    assert!(unnoticed.is_empty(), "unnoticed: {unnoticed:#?}");
}

/// The store behind which the lies are told is not what fails the cases.
mod honest {
    use super::{LyingStore, Stores};

    tasklane_domain_testkit::contract_suite!(Stores::of(LyingStore::honest()));
}
