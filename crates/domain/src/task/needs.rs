use super::{Action, Move, Operation, Reach, Write};
use crate::id::TaskId;

/// What a write must see to be decided, beside the owner's own state. What a store does not find,
/// there is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// What is held under these ids, each named once.
    pub tasks: Vec<TaskId>,
    /// Relatives of tasks.
    pub relatives: Vec<(TaskId, Relatives)>,
    /// The tasks in the trash with the lowest revisions: how many of them.
    pub trash: u16,
    /// Live tasks by their place among their siblings.
    pub order: Option<Neighbourhood>,
}

/// Which relatives of a task a write must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relatives {
    /// Its live sub-tasks.
    LiveSubtasks,
    /// One more of its sub-tasks, live or in the trash, than the
    /// [`MAX_OPERATIONS`](super::MAX_OPERATIONS) of a write can take from it, or all that there are.
    AnySubtasks,
    /// All its sub-tasks, live or in the trash.
    AllSubtasks,
    /// What comes back with it from the trash, and to whom: its sub-tasks with its `deleted_at`, its
    /// parent, and the live sub-tasks of that one.
    Family,
}

/// Which live tasks a write must see by their place in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbourhood {
    /// The [`NEIGHBOURS`](super::NEIGHBOURS) siblings directly before and after this task, if it is
    /// live, or all that there are.
    Around(TaskId),
    /// As many of the last ones of these siblings.
    End(Siblings),
    /// All live tasks.
    Whole,
}

/// Tasks that are ordered among each other: the live ones with the same parent, or with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Siblings {
    /// Those that this task is one of.
    Of(TaskId),
    /// Those that are parts of this task, or of none.
    Under(Option<TaskId>),
}

impl Needs {
    /// Whether it is more than a few rows.
    #[must_use]
    pub fn are_large(&self) -> bool {
        self.trash > 0 || self.order.is_some() || !self.relatives.is_empty()
    }

    /// The tasks of which these relatives must be seen.
    #[must_use]
    pub fn tasks_with(&self, relatives: Relatives) -> Vec<TaskId> {
        let needed = self.relatives.iter();
        let needed = needed.filter(|(_, needed)| *needed == relatives);
        needed.map(|(id, _)| *id).collect()
    }
}

impl Write {
    /// What it must see.
    #[must_use]
    pub fn needs(&self) -> Needs {
        match &self.action {
            Action::Apply(operations) | Action::ApplyEach(operations) => {
                let ids = operations.iter().flat_map(Operation::named_tasks);
                let mut tasks: Vec<TaskId> = ids.collect();
                tasks.sort_unstable();
                tasks.dedup();
                let relatives = operations.iter().flat_map(Operation::relatives);
                Needs {
                    tasks,
                    relatives: relatives.collect(),
                    order: self.action.neighbourhood(),
                    ..Needs::default()
                }
            }
            Action::EmptyTrash { most } => Needs {
                trash: *most,
                ..Needs::default()
            },
        }
    }
}

impl Action {
    fn operations(&self) -> &[Operation] {
        match self {
            Self::Apply(operations) | Self::ApplyEach(operations) => operations,
            Self::EmptyTrash { .. } => &[],
        }
    }

    /// What it must see of the order. Of two moves, the second may be to where the first one went, so
    /// that both see all of it.
    pub(super) fn neighbourhood(&self) -> Option<Neighbourhood> {
        let mut moves = self.operations().iter().filter_map(Operation::as_move);
        let first = moves.next()?;
        if moves.next().is_some() || first.reach == Reach::All {
            return Some(Neighbourhood::Whole);
        }
        let end = || Neighbourhood::End(first.siblings());
        let neighbour = first.place.neighbour();
        Some(neighbour.map_or_else(end, Neighbourhood::Around))
    }

    /// The same with moves that see the whole order; `None` when none of them sees less.
    pub(crate) fn seeing_all(&self) -> Option<Self> {
        self.neighbourhood()
            .filter(|seen| *seen != Neighbourhood::Whole)?;
        let mut action = self.clone();
        if let Self::Apply(operations) | Self::ApplyEach(operations) = &mut action {
            for operation in operations {
                if let Operation::Move(moved) = operation {
                    moved.reach = Reach::All;
                }
            }
        }
        Some(action)
    }
}

impl Move {
    /// The siblings that it comes to stand among.
    fn siblings(&self) -> Siblings {
        self.parent.map_or(Siblings::Of(self.id), Siblings::Under)
    }
}

impl Operation {
    /// The tasks that it names: the one that it is about, a new parent and a neighbour.
    fn named_tasks(&self) -> impl Iterator<Item = TaskId> {
        let neighbour = self.as_move().and_then(|moved| moved.place.neighbour());
        [Some(self.id()), self.new_parent(), neighbour]
            .into_iter()
            .flatten()
    }

    /// The relatives that it must see.
    fn relatives(&self) -> impl Iterator<Item = (TaskId, Relatives)> {
        let own = match self {
            Self::Create(_) => None,
            Self::Put { .. } | Self::Update { .. } | Self::Move(_) => {
                self.new_parent().map(|_| Relatives::AnySubtasks)
            }
            Self::Delete { .. } => Some(Relatives::LiveSubtasks),
            Self::Restore { .. } => Some(Relatives::Family),
            Self::Erase { .. } => Some(Relatives::AllSubtasks),
        };
        let own = own.map(|relatives| (self.id(), relatives));
        let parent = self.new_parent();
        let siblings = parent.map(|parent| (parent, Relatives::LiveSubtasks));
        own.into_iter().chain(siblings)
    }

    /// The parent that it gives the task.
    fn new_parent(&self) -> Option<TaskId> {
        match self {
            Self::Create(new) => new.draft.parent,
            Self::Put { draft, .. } => draft.parent,
            Self::Update { patch, .. } => patch.parent.flatten(),
            Self::Move(moved) => moved.parent.flatten(),
            Self::Delete { .. } | Self::Restore { .. } | Self::Erase { .. } => None,
        }
    }
}
