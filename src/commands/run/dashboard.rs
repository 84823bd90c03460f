//! What a live run does about the dashboard: it finds out the target's time, and afterwards looks
//! whether CloudWatch counted what the run did.

use super::runtime;
use crate::{
    cli::RunArgs,
    commands::{
        campaign::Prepared,
        verify::{Source, Terms, check},
    },
    dashboard::{expected::Expected, verification::Verification},
    drive::anchor::Anchor,
    exit::Exit,
    record::Recorder,
    scenario::Scenario,
    target::{cloudwatch::CloudWatch, stub},
};
use sms_voice_mock::{Stub, http};
use std::{future::pending, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// Who can be asked for the time and for CloudWatch.
#[derive(Clone, Debug)]
pub(super) enum There {
    /// A stub inside this process.
    Inside(Arc<Stub>),
    /// A stub of ours at this address.
    OurStub(SocketAddr),
    /// AWS, whose CloudWatch is asked later, once its data are in.
    Aws,
    /// Somebody else, who may have CloudWatch but tells no time.
    Stranger(SocketAddr),
}

impl There {
    /// What the clock there shows, seen from here.
    pub(super) fn anchor(&self, speed: f64) -> io::Result<Anchor> {
        match self {
            Self::Inside(_) | Self::OurStub(_) => Anchor::ask(speed, || self.time()),
            Self::Aws | Self::Stranger(_) => Ok(Anchor::of_the_wall(speed)),
        }
    }

    /// A warning if somebody moved the clock there while the run went on.
    pub(super) fn moved(&self, anchor: &Anchor) -> Option<String> {
        let holds = match self {
            Self::Inside(_) | Self::OurStub(_) => anchor.still_holds(|| self.time()),
            Self::Aws | Self::Stranger(_) => return None,
        };
        // A stub that has gone away is told of elsewhere.
        let moved = !holds.ok()?;
        moved.then(|| {
            "the stub's clock was moved during the run: minutes in dashboard-expected.json may be off"
                .to_owned()
        })
    }

    fn time(&self) -> io::Result<Duration> {
        match self {
            Self::Inside(stub) => {
                Ok(stub.with_service(|service, now| service.epoch() + now.since_start()))
            }
            Self::Aws => Err(io::ErrorKind::Unsupported.into()),
            Self::OurStub(address) | Self::Stranger(address) => runtime()?
                .block_on(stub::time(*address))
                .map_err(|error| io::Error::other(error.to_string())),
        }
    }

    /// With `--verify`, looks whether CloudWatch there agrees with the run's record, and adds to the
    /// reasons for not passing if not.
    pub(super) fn look(
        &self,
        args: &RunArgs,
        prepared: &Prepared,
        recorder: &Recorder,
        reasons: &mut Vec<(Exit, String)>,
    ) -> Option<Verification> {
        if !args.verify {
            return None;
        }
        let Scenario { name, seed, .. } = &*prepared.scenario;
        match self.verify(recorder, format!("{name} (seed {seed})"), args.target.clone()) {
            Ok(verification) => {
                if !verification.judgement.agrees() {
                    reasons.push((Exit::CheckFailed, verification.sentence()));
                }
                Some(verification)
            }
            Err(reason) => {
                reasons.push(reason);
                None
            }
        }
    }

    /// Compares what CloudWatch there says with the run's record; else the reason why not.
    fn verify(
        &self,
        recorder: &Recorder,
        run: String,
        against: String,
    ) -> Result<Verification, (Exit, String)> {
        if matches!(self, Self::Aws) {
            let told =
                "CloudWatch of AWS has no data yet: run `otpdrill verify` on the run's folder";
            return Err((Exit::CheckFailed, told.to_owned()));
        }
        let expected = Expected::of(recorder);
        let terms = Terms { run, against, wait: Duration::ZERO, tolerance: 0.0 };
        let checked =
            runtime().map_err(|error| (Exit::Internal, error.to_string()))?.block_on(async {
                let address = match self {
                    Self::Inside(stub) => serve(Arc::clone(stub)).await?,
                    Self::Aws => unreachable!("said above"),
                    Self::OurStub(address) | Self::Stranger(address) => *address,
                };
                let source = Source::CloudWatch(CloudWatch::on_this_machine(&address.to_string()));
                Ok(check(&source, expected, terms).await)
            });
        let failed = |error: io::Error| (Exit::Internal, error.to_string());
        checked.map_err(failed)?.map_err(|error| (error.exit(), error.to_string()))
    }
}

/// A door of its own to a stub inside, for as long as the runtime lives.
async fn serve(stub: Arc<Stub>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(http::serve(listener, stub, pending()));
    Ok(address)
}
