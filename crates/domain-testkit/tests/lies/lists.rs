use std::cmp::Ordering;
use std::time::Duration;

use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{DueBound, FeedLimit, SortKey, TaskFilter, TaskPage, TaskQuery};
use tasklane_domain::port::TaskRepository;
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{Change, ChangePage, Due, FeedError, Revision, SyncPoint, Tags, Task};

use crate::Lie;
use crate::store::LyingStore;

impl LyingStore {
    pub(crate) async fn lying_list(
        &self,
        owner: OwnerId,
        query: &TaskQuery,
    ) -> Result<TaskPage, StoreError> {
        if self.tells(Lie::EndsWalkBehindGoneTask)
            && let Some(after) = &query.after
            && TaskRepository::find(&self.truth, owner, after.id)
                .await?
                .is_none()
        {
            let version = self.truth.version(owner).await?;
            return Ok(TaskPage {
                items: vec![],
                next: None,
                version,
            });
        }
        if !self.lies_about_lists() {
            let page = self.truth.list(owner, query).await?;
            let version = self.shown(owner, page.version);
            return Ok(TaskPage { version, ..page });
        }
        let tasks = self.everything(owner).await?;
        let (mut asked, mut bent) = (query.clone(), tasks.clone());
        self.bend_query(&mut asked, &mut bent);
        let version = self.shown(owner, self.truth.version(owner).await?);
        let selected = asked.select(&bent).into_iter();
        let mut selected: Vec<Task> = selected
            .filter_map(|found| tasks.iter().find(|task| task.id == found.id).cloned())
            .collect();
        self.bend_order(query, &mut selected);
        let mut page = TaskPage::from_overfetch(selected, &asked, version);
        if self.tells(Lie::PromisesPageBehindFullOne) && page.next.is_none() {
            let full = page.items.len() == usize::from(query.limit.get());
            let last = page.items.last().filter(|_| full);
            page.next = last.map(|last| query.sort.position(last));
        }
        Ok(page)
    }

    async fn everything(&self, owner: OwnerId) -> Result<Vec<Task>, StoreError> {
        let mut tasks = Vec::new();
        for deleted in [false, true] {
            let mut query = TaskQuery {
                filter: TaskFilter {
                    deleted,
                    ..TaskFilter::default()
                },
                ..TaskQuery::default()
            };
            loop {
                let page = self.truth.list(owner, &query).await?;
                tasks.extend(page.items);
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
        Ok(tasks)
    }
}

fn later(bound: DueBound) -> DueBound {
    let later = |at: Timestamp| at.after(Duration::from_micros(1));
    DueBound {
        instant: later(bound.instant),
        wall: later(bound.wall),
    }
}

impl LyingStore {
    /// Asks for something else than was asked, or of other tasks.
    fn bend_query(&self, asked: &mut TaskQuery, tasks: &mut Vec<Task>) {
        let filter = &mut asked.filter;
        if self.tells(Lie::TakesWildcards) {
            let plain: Vec<&str> = filter.words.iter().filter(|word| *word != "%").collect();
            filter.words = SearchWords::parse(&plain.join(" ")).unwrap();
        }
        if self.tells(Lie::SearchesTitlesOnly) && !filter.words.is_empty() {
            for task in &mut *tasks {
                task.description = None;
                task.tags = Tags::default();
            }
        }
        if self.tells(Lie::IncludesTheEnd) {
            filter.due_before = filter.due_before.map(later);
        }
        if self.tells(Lie::ExcludesTheBeginning) {
            filter.due_after = filter.due_after.map(later);
        }
        if self.tells(Lie::TakesAnyTag) && filter.tags.len() > 1 {
            filter.tags.truncate(1);
        }
        if self.tells(Lie::ShowsTrashInLists) && !filter.deleted {
            for task in &mut *tasks {
                task.deleted_at = None;
            }
        }
    }

    /// Puts a whole list into another order.
    fn bend_order(&self, query: &TaskQuery, list: &mut [Task]) {
        let due = |task: &Task| task.due.as_ref().map(Due::instant);
        let directed = |order: Ordering| {
            if query.sort.descending {
                order.reverse()
            } else {
                order
            }
        };
        match query.sort.key {
            SortKey::Due if self.tells(Lie::SortsDueDatesWithoutSign) => {
                list.sort_by(|one, other| {
                    let bytes = |task: &Task| due(task).map(|due| due.as_micros().to_be_bytes());
                    match (bytes(one), bytes(other)) {
                        (Some(one), Some(other)) => directed(one.cmp(&other)),
                        (one, other) => other.is_some().cmp(&one.is_some()),
                    }
                });
            }
            SortKey::Due if self.tells(Lie::PutsUndatedFirst) => {
                list.sort_by_key(|task| task.due.is_some());
            }
            SortKey::Title if self.tells(Lie::SortsTitlesAsWritten) => {
                list.sort_by(|one, other| directed(one.title.as_str().cmp(other.title.as_str())));
            }
            SortKey::Priority if self.tells(Lie::SortsPrioritiesByName) => {
                list.sort_by(|one, other| {
                    directed(one.priority.as_str().cmp(other.priority.as_str()))
                });
            }
            SortKey::CreatedAt if self.tells(Lie::BreaksTiesUpwards) => {
                list.sort_by(|one, other| {
                    directed(one.created_at.cmp(&other.created_at)).then(one.id.cmp(&other.id))
                });
            }
            _ => {}
        }
    }

    pub(crate) async fn lying_changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        let answer = self.truth.changes(owner, since, limit).await;
        let mut page = match answer {
            Err(FeedError::Ahead { current }) if self.tells(Lie::ServesPointsAhead) => {
                return Ok(ChangePage {
                    changes: vec![],
                    next: current.into(),
                    has_more: false,
                });
            }
            Err(FeedError::Expired) if self.tells(Lie::ServesExpiredPoints) => {
                let known = SyncPoint {
                    horizon: self.truth.version(owner).await?.purge_horizon,
                    ..since
                };
                return self.truth.changes(owner, known, limit).await;
            }
            answer => answer?,
        };
        if self.tells(Lie::HidesTombstones) {
            page.changes
                .retain(|change| matches!(change, Change::Task(_)));
        }
        if self.tells(Lie::HidesTrashInFeed) {
            page.changes
                .retain(|change| !matches!(change, Change::Task(task) if task.is_deleted()));
        }
        if self.tells(Lie::OrdersFeedByClock) {
            let updated_at = |change: &Change| match change {
                Change::Task(task) => task.updated_at,
                Change::Erased(tombstone) => tombstone.deleted_at,
            };
            page.changes.sort_by_key(updated_at);
        }
        if self.tells(Lie::PromisesMoreBehindFullStretch) {
            page.has_more |= page.changes.len() == usize::from(limit.get());
        }
        if self.tells(Lie::SkipsToTheEnd) && page.has_more {
            page.next.revision = self.truth.version(owner).await?.revision;
        }
        if self.tells(Lie::ForgetsWhereItBegan) {
            page.next.horizon = Revision::ZERO;
        }
        if self.tells(Lie::RepeatsTheSyncPoint) && since.revision > Revision::ZERO {
            let earlier = Revision::new(since.revision.as_i64() - 1).unwrap();
            return self
                .truth
                .changes(
                    owner,
                    SyncPoint {
                        revision: earlier,
                        ..since
                    },
                    limit,
                )
                .await;
        }
        Ok(page)
    }
}
