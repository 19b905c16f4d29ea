//! What is done to a hub, one scenario per file.

use std::{path::PathBuf, rc::Rc, time::Duration};

use crate::{
    figures::{Figures, Start},
    hub::{self, Hub, Program, Running},
    load::Load,
    stage::{Manner, Stage},
};

pub mod backlog;
pub mod connections;
pub mod kill;
pub mod run;

/// How a scenario is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Which program plays the hub.
    pub program: Program,
    /// Where its data goes.
    pub data: Option<PathBuf>,
    /// What becomes of the data afterwards.
    pub afterwards: Afterwards,
    /// How the world around it behaves.
    pub manner: Manner,
    /// How long the last reports are waited for.
    pub grace: Duration,
}

/// What becomes of a hub's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
}

/// A hub with everything around it.
pub struct Theatre {
    /// What the parts share.
    pub stage: Rc<Stage>,
    /// The hub as it can be started again.
    pub hub: Hub,
    afterwards: Afterwards,
}

impl Theatre {
    /// Sets everything up and starts the hub.
    pub async fn open(setup: &Setup, name: &str, accounts: u64) -> anyhow::Result<(Self, Running)> {
        let stage = Stage::set(setup.manner.clone()).await?;
        let data = hub::data_folder(setup.data.as_deref(), name);
        let hub = Hub::prepare(setup.program.clone(), data, accounts, &stage).await?;
        let running = hub.start().await?;
        Ok((Self { stage, hub, afterwards: setup.afterwards }, running))
    }

    /// Runs loads side by side and waits for their last reports.
    pub async fn measure(
        &self,
        running: &Running,
        loads: Vec<Load>,
        grace: Duration,
    ) -> anyhow::Result<Figures> {
        let start = Start::now(&self.stage, running.pid)?;
        let loadings: Vec<_> = loads.into_iter().map(|load| load.start(&self.stage)).collect();
        for loading in loadings {
            loading.finish().await;
        }
        self.stage.settle(start.range(&self.stage), grace).await;
        start.figures(&self.stage, running.pid)
    }

    /// Ends the hub.
    pub async fn close(self, running: Running) -> anyhow::Result<()> {
        running.kill().await?;
        if self.afterwards == Afterwards::Remove {
            hub::remove_data(&self.hub);
        }
        Ok(())
    }
}
