/// Makes one `#[tokio::test]` of each case of [`crate::contract`].
///
/// The expression makes the store of one case. It is evaluated for each case and may `.await`. The
/// caller needs tokio among its dev-dependencies, with the features `macros` and `rt-multi-thread`.
///
/// - `contract_suite!(stores)` with [`Stores`](crate::contract::Stores): all cases.
/// - `contract_suite!(trash: store)` with [`TrashStore`](crate::contract::TrashStore): the cases
///   about tasks and purges.
/// - `contract_suite!(tasks: store)` with [`TaskStore`](crate::contract::TaskStore): the cases about
///   tasks.
///
/// One invocation in a module:
///
/// ```
/// use tasklane_domain_testkit::MemoryStore; // yours instead
/// use tasklane_domain_testkit::contract::TaskStore;
///
/// async fn store() -> TaskStore {
///     TaskStore::of(MemoryStore::default()).keeping("a temporary folder")
/// }
///
/// tasklane_domain_testkit::contract_suite!(tasks: store().await);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! contract_suite {
    (tasks: $store:expr) => {
        async fn contract_store() -> $crate::contract::TaskStore {
            $store
        }
        $crate::task_cases!();
    };
    (trash: $store:expr) => {
        async fn contract_store() -> $crate::contract::TrashStore {
            $store
        }
        $crate::task_cases!();
        $crate::trash_cases!();
    };
    ($stores:expr) => {
        async fn contract_store() -> $crate::contract::Stores {
            $stores
        }
        $crate::task_cases!();
        $crate::trash_cases!();
        $crate::user_cases!();
    };
}

/// Makes a test of each named case.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    ($($area:ident: [$($case:ident),* $(,)?]),* $(,)?) => {
        $(
            mod $area {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                    async fn $case() {
                        let store = super::contract_store().await;
                        $crate::contract::$area::$case(&store).await;
                    }
                )*
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! task_cases {
    () => {
        $crate::contract_cases! {
            tasks: [
                a_created_task_is_found_as_it_was_written,
                an_unknown_task_is_not_found,
                a_patch_sets_what_it_names_and_keeps_the_rest,
                a_description_survives_updates_that_omit_it,
                parts_of_a_due_date_are_merged,
                an_invalid_merged_due_date_is_refused,
                members_of_metadata_are_merged,
                a_toggle_flips_completion,
                a_done_task_keeps_the_time_at_which_it_was_done,
                a_replacement_sets_everything,
                a_position_goes_back_to_its_default,
                an_unchanging_write_takes_no_revision,
                a_change_of_spelling_is_a_change,
                a_write_to_an_unknown_task_is_refused,
                a_taken_id_is_refused,
                revisions_follow_each_other,
            ],
            fidelity: [
                awkward_text_comes_back_to_the_byte,
                the_longest_text_fits,
                tags_come_back_in_their_order,
                positions_come_back,
                metadata_comes_back_to_the_byte,
                every_kind_of_due_date_comes_back_as_it_was,
                priorities_and_completion_come_back,
                instants_come_back_to_the_microsecond,
                an_outcome_is_what_is_then_read,
            ],
            isolation: [
                nobody_reads_the_task_of_another,
                nobody_writes_the_task_of_another,
                one_id_under_two_owners_is_two_tasks,
            ],
            preconditions: [
                a_met_precondition_lets_the_write_through,
                an_unmet_precondition_writes_nothing,
                a_revision_is_good_for_one_change,
                an_unchanging_write_must_meet_its_precondition,
                a_missing_task_is_not_found_whatever_the_precondition,
                a_live_task_is_not_restored_whatever_the_precondition,
                a_required_precondition_must_be_given,
                a_required_precondition_hides_no_other_refusal,
                a_batch_needs_no_precondition_for_its_own_writes,
            ],
            quotas: [
                a_create_beyond_the_quota_is_refused,
                a_quota_of_nothing_lets_nothing_in,
                only_live_tasks_count,
                a_restore_beyond_the_quota_is_refused,
                a_full_quota_stops_no_other_write,
                a_batch_counts_as_it_goes,
                only_open_tasks_take_room,
                everything_kept_counts_as_an_item,
                the_text_of_all_tasks_counts_by_its_bytes,
            ],
            subtasks: [
                a_subtask_is_found_by_its_parent,
                a_parent_must_be_live_and_without_a_parent,
                a_task_that_lost_its_subtasks_can_become_one,
                live_subtasks_are_bounded,
                subtasks_go_to_the_trash_and_come_back_with_their_parent,
                a_parent_comes_back_without_what_left_the_trash,
                a_subtask_comes_back_below_its_live_parent,
                erasing_a_task_erases_all_its_subtasks,
                emptying_the_trash_erases_families,
                completion_is_of_one_task_alone,
                a_task_changes_its_parent,
                siblings_are_ordered_among_each_other,
                a_batch_sees_the_families_that_it_makes,
                a_batch_does_not_overlook_the_subtasks_that_it_leaves,
                a_family_that_does_not_fit_the_quota_stays_in_the_trash,
                nothing_is_added_to_a_task_that_is_being_deleted,
            ],
            trash: [
                a_deleted_task_is_found_only_in_the_trash,
                a_task_in_the_trash_is_missing_for_other_writes,
                a_restored_task_is_as_it_was,
                an_erased_task_leaves_a_tombstone,
                a_tombstone_is_missing_for_every_write,
                an_id_stays_taken_after_its_task,
                a_fingerprint_is_kept_to_the_end,
                emptying_the_trash_erases_what_is_in_it,
                a_trash_is_emptied_in_slices,
                emptying_an_empty_trash_changes_nothing,
            ],
            lists: [
                the_newest_come_first,
                an_empty_list_is_one_empty_page,
                an_exactly_full_last_page_has_no_next,
                words_are_found_whatever_their_case_and_accents,
                wildcards_in_words_are_plain_characters,
                tags_match_as_a_whole_without_case,
                due_limits_are_exclusive_and_inclusive,
                due_limits_may_be_far_away,
                due_limits_follow_clock_and_calendar_of_a_place,
                ids_choose_tasks,
                filters_follow_the_changes_of_a_task,
            ],
            tallies: [
                a_tally_has_what_there_is,
                a_tally_without_open_tasks_has_counts,
            ],
            orders: [
                ties_are_broken_by_id,
                undated_tasks_come_last_both_ways,
                titles_are_ordered_by_the_bytes_of_their_key,
                priorities_are_ordered_by_rank,
                positions_are_ordered_by_their_bytes,
                a_change_moves_a_task_in_the_order,
                due_dates_of_every_century_are_in_order,
            ],
            moves: [
                a_moved_task_stands_where_it_was_moved,
                a_move_to_its_own_place_changes_nothing,
                equal_positions_give_way,
                the_longest_positions_give_way,
                a_move_that_cannot_be_done_is_refused,
                a_crowd_gives_way_to_a_move_that_sees_all,
                a_move_in_a_long_order_changes_one_task,
                moves_of_a_batch_see_each_other,
                simultaneous_moves_are_done_one_after_the_other,
            ],
            walks: [
                a_page_ends_before_it_is_too_large,
                every_filter_by_creation_gives_what_the_model_gives,
                every_filter_by_change_gives_what_the_model_gives,
                every_filter_by_due_date_gives_what_the_model_gives,
                every_filter_by_priority_gives_what_the_model_gives,
                every_filter_by_title_gives_what_the_model_gives,
                every_filter_by_revision_gives_what_the_model_gives,
                a_walk_goes_on_behind_a_task_that_has_gone,
                a_walk_misses_and_repeats_nothing_while_others_write,
                items_and_version_are_of_one_moment,
            ],
            feed: [
                the_feed_has_the_newest_state_of_everything,
                a_sync_point_hides_what_came_before_it,
                a_feed_is_read_in_stretches,
                a_sync_point_ahead_of_the_owner_is_refused,
                an_unknown_user_has_an_empty_feed,
                a_reader_who_follows_the_feed_misses_nothing,
                entries_and_revision_are_of_one_moment,
                the_order_is_that_of_revisions_not_of_clocks,
            ],
            batches: [
                a_batch_does_everything_in_order,
                each_operation_sees_those_before_it,
                one_refusal_undoes_the_whole_batch,
                a_precondition_in_a_batch_sees_the_batch,
                an_id_that_the_batch_has_created_is_taken,
                an_unchanging_batch_takes_no_revision,
                the_largest_batch_fits,
            ],
            partial_batches: [
                a_refused_operation_leaves_the_others,
                an_operation_sees_those_before_it_that_were_done,
                a_batch_of_refusals_changes_nothing,
            ],
            puts: [
                a_put_makes_a_task_or_replaces_it,
                a_put_over_the_trash_or_a_tombstone_is_refused,
                a_put_with_a_precondition_only_replaces,
            ],
            concurrency: [
                fifty_simultaneous_toggles_are_fifty_changes,
                simultaneous_patches_of_different_fields_lose_nothing,
                simultaneous_creates_under_one_id_make_one_task,
                simultaneous_writes_to_different_tasks_take_different_revisions,
                simultaneous_conditional_writes_let_one_through,
                simultaneous_moves_are_done_once,
                simultaneous_writes_of_one_value_are_one_change,
                simultaneous_creates_respect_the_quota,
                simultaneous_batches_in_different_orders_do_not_deadlock,
                batches_and_single_writes_wait_for_each_other,
                simultaneous_batches_that_create_one_id_are_done_once,
                simultaneous_emptyings_erase_each_task_once,
            ],
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! trash_cases {
    () => {
        $crate::contract_cases! {
            purges: [
                a_purge_removes_what_is_due_and_raises_the_horizon,
                what_was_deleted_at_the_instant_itself_stays,
                a_tombstone_is_due_when_its_task_would_have_been,
                a_purge_keeps_to_its_limit,
                a_purge_of_nothing_removes_nothing,
                a_purge_that_may_remove_nothing_says_that_there_is_more,
                a_reading_that_began_with_nothing_goes_on_over_the_horizon,
                a_purge_below_a_reading_ends_it,
                a_sync_point_from_before_the_horizon_has_expired,
                a_purged_id_is_free_again,
                a_purge_makes_room_for_items_and_text_only,
                simultaneous_purges_remove_each_row_once,
            ],
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! user_cases {
    () => {
        $crate::contract_cases! {
            resyncs: [
                a_resync_makes_copies_begin_again,
                a_resync_ends_behind_the_last_owner,
            ],
            users: [
                a_federated_user_needs_neither_email_nor_name,
                a_subject_may_be_any_text,
                an_unknown_local_user_may_not_write,
                a_user_changes_their_name,
                a_renaming_creates_a_federated_user,
                an_unknown_local_user_is_not_renamed,
                an_erased_user_leaves_only_a_record,
                an_erased_local_user_does_not_come_back,
                an_unknown_local_user_is_not_erased,
                an_erased_federated_user_comes_back_empty,
                a_user_who_comes_back_begins_with_an_empty_quota,
                a_renaming_brings_a_federated_user_back,
                a_federated_user_who_never_wrote_leaves_a_record,
                a_later_token_changes_no_profile,
                an_erasure_takes_no_later_moment_back,
                an_erasure_frees_nobody_elses_address,
                simultaneous_renamings_make_one_user,
                an_erasure_beside_writes_leaves_nothing_behind,
            ],
            first_writes: [
                a_federated_user_is_created_with_the_first_change,
                what_changes_nothing_creates_no_user,
                a_batch_creates_its_user_with_the_first_change,
                simultaneous_first_writes_make_one_user,
            ],
            user_isolation: [
                users_of_both_kinds_are_apart,
                an_erased_user_takes_nobody_with_them,
                nobody_touches_the_session_of_another,
            ],
            disabling: [
                a_disabled_user_loses_nothing,
                a_disabled_user_has_no_session,
                a_later_moment_is_not_taken_back,
                enabling_one_who_is_enabled_changes_nothing,
                an_unknown_user_is_not_disabled,
                an_erased_user_stays_disabled,
                an_erased_user_is_disabled_and_enabled,
                a_disabled_account_is_found,
                a_sign_in_beside_a_disabling_leaves_no_session,
                an_outdated_token_writes_nothing,
            ],
            accounts: [
                a_registered_account_is_found,
                an_unknown_account_is_not_found,
                a_federated_user_has_no_account,
                an_address_is_found_whatever_its_case,
                a_taken_address_is_refused,
                an_account_under_a_taken_id_is_refused,
                simultaneous_registrations_make_one_account,
                simultaneous_registrations_of_others_all_succeed,
                a_changed_password_ends_the_other_sessions,
                a_stale_password_changes_nothing,
                simultaneous_password_changes_let_one_through,
                an_erasure_frees_the_address_and_ends_the_sessions,
            ],
            links: [
                a_reset_link_sets_a_password_and_ends_all_sessions,
                a_verification_link_verifies_the_address,
                a_link_is_good_once,
                simultaneous_uses_of_a_link_let_one_through,
                only_the_newest_link_is_good,
                a_link_is_good_until_its_end,
                a_link_is_good_for_its_purpose_and_its_user,
                a_changed_password_ends_the_reset_link,
                a_disabled_user_has_no_links,
                an_erased_or_unknown_user_has_no_links,
                a_sign_in_beside_a_reset_leaves_no_session,
            ],
            sessions: [
                sessions_are_listed_newest_first,
                a_user_agent_is_kept_as_it_is,
                an_unknown_user_has_no_sessions,
                a_secret_is_traded_for_the_next,
                a_spent_secret_ends_the_session,
                an_unknown_secret_changes_nothing,
                a_session_is_over_at_its_end,
                a_new_session_leaves_live_ones_alone,
                an_ended_session_is_over,
                the_other_sessions_end,
                an_access_status_tells_of_the_session_asked_for,
                simultaneous_refreshes_let_at_most_one_through,
                a_refresh_beside_an_end_revives_nothing,
            ],
            refreshes: [
                the_secret_used_last_gives_its_successor_again,
                a_repetition_after_the_grace_ends_the_session,
                a_repetition_whose_successor_was_used_ends_the_session,
                a_repetition_with_another_successor_changes_nothing,
                simultaneous_refreshes_within_the_grace_cost_nobody_the_session,
                a_spent_secret_of_a_session_that_is_over_is_unknown,
                a_refresh_sets_the_last_use_and_the_end,
                a_spent_secret_is_known_for_as_long_as_a_session_lasts,
            ],
            sign_ins: [
                a_session_begins_under_the_password_that_was_checked,
                a_sign_in_beside_a_change_of_password_leaves_no_session,
                the_sessions_used_last_are_left,
                a_session_that_is_over_goes_when_another_begins,
                a_session_under_a_taken_id_is_refused,
                sessions_of_one_instant_are_listed_by_id,
                the_address_of_a_sign_in_is_known,
                the_newest_addresses_are_known,
                an_erased_user_is_known_from_nowhere,
            ],
        }
    };
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_case_is_in_the_suite() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
        let suite = fs::read_to_string(folder.join("suite.rs")).unwrap();
        let mut cases = 0;
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            // Cases are not indented; methods are.
            for case in text
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn "))
            {
                let name = case.split('(').next().unwrap();
                assert!(
                    suite.contains(&format!(" {name},\n")),
                    "{name} is not in the suite"
                );
                cases += 1;
            }
        }
        assert!(cases > 100);
    }
}
