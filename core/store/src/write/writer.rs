//! The task that commits: it takes everything that waits and makes it durable as one transaction.
//! That is where durable throughput comes from: one flush to disk serves many writers.

use std::sync::Arc;

use kerros_app::ports::store::StoreError;
use sea_orm::DbBackend;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::batch;
use super::unit::Unit;
use crate::error::Fault;
use crate::pen::Pen;
use crate::scope;

/// A unit and where its writer waits for the answer.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) unit: Unit,
    pub(crate) answer: oneshot::Sender<Result<(), StoreError>>,
}

/// One committing task. PostgreSQL has several, which take turns at the queue.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) queue: Arc<Mutex<mpsc::Receiver<Order>>>,
    pub(crate) pen: Arc<Pen>,
    pub(crate) node: Arc<str>,
    pub(crate) most: usize,
}

/// How often a transaction that lost a race is tried again.
const TRIES: usize = 5;

impl Writer {
    /// Commits until the store is closed.
    pub(crate) async fn run(self) {
        while let Some(orders) = self.next().await {
            let (units, answers): (Vec<_>, Vec<_>) =
                orders.into_iter().map(|order| (order.unit, order.answer)).unzip();
            let done = self.commit(&units).await;
            if let Err(fault) = &done {
                tracing::warn!(?fault, units = units.len(), "nothing was committed");
            }
            for (i, answer) in answers.into_iter().enumerate() {
                let answered = match &done {
                    Ok(None) => Ok(()),
                    Ok(Some(each)) => each[i].clone(),
                    Err(fault) => Err(fault.clone().into()),
                };
                // A writer that has gone away does not need to know.
                let _ = answer.send(answered);
            }
        }
    }

    async fn next(&self) -> Option<Vec<Order>> {
        let mut queue = self.queue.lock().await;
        let mut orders = Vec::new();
        let taken = queue.recv_many(&mut orders, self.most).await;
        (taken > 0).then_some(orders)
    }

    /// Commits the units; `None` says that all were written.
    async fn commit(&self, units: &[Unit]) -> Result<Option<Vec<Result<(), StoreError>>>, Fault> {
        let waves = batch::waves(units);
        let mut tries = 1;
        let mut divided = false;
        loop {
            let done = self.attempt(units, &waves, divided).await;
            match done {
                // A check failed: again, and this time find out whose.
                Err(Fault::Taken | Fault::Rule(_)) if !divided => divided = true,
                Err(Fault::Race(_)) if tries < TRIES => tries += 1,
                Err(fault) => {
                    self.pen.note(&fault);
                    return Err(fault);
                }
                Ok(answers) => return Ok(answers),
            }
        }
    }

    async fn attempt(
        &self,
        units: &[Unit],
        waves: &[Vec<usize>],
        divided: bool,
    ) -> Result<Option<Vec<Result<(), StoreError>>>, Fault> {
        let transaction = self.pen.begin().await.map_err(|error| Fault::of(&error))?;
        let work = async {
            self.fence(&transaction, units).await?;
            if !divided {
                batch::together(&transaction, units, waves).await?;
                self.tell(&transaction, units, None).await?;
                return Ok(None);
            }
            let answers = batch::apart(&transaction, units, waves).await?;
            self.tell(&transaction, units, Some(&answers)).await?;
            Ok(Some(answers))
        };
        match work.await {
            Ok(answers) => {
                transaction.commit().await.map_err(|error| Fault::of(&error))?;
                Ok(answers)
            }
            Err(fault) => {
                // If not even this works the connection is thrown away.
                if let Err(error) = transaction.rollback().await {
                    self.pen.note(&Fault::Down(error.to_string()));
                }
                Err(fault)
            }
        }
    }

    /// Lets the transaction see the tenants of its units and no others.
    async fn fence(
        &self,
        transaction: &sea_orm::DatabaseTransaction,
        units: &[Unit],
    ) -> Result<(), Fault> {
        if self.pen.backend != DbBackend::Postgres || units.iter().any(|unit| unit.tenants == "*") {
            return Ok(());
        }
        let mut tenants: Vec<&str> =
            units.iter().flat_map(|unit| unit.tenants.split('\u{1f}')).collect();
        tenants.sort_unstable();
        tenants.dedup();
        scope::set(transaction, tenants.join("\u{1f}")).await.map_err(|error| Fault::of(&error))
    }

    async fn tell(
        &self,
        transaction: &sea_orm::DatabaseTransaction,
        units: &[Unit],
        answers: Option<&[Result<(), StoreError>]>,
    ) -> Result<(), Fault> {
        let written = units
            .iter()
            .enumerate()
            .filter(|(i, _)| answers.is_none_or(|answers| answers[*i].is_ok()))
            .flat_map(|(_, unit)| &unit.news);
        batch::tell(transaction, &self.node, written).await
    }
}
