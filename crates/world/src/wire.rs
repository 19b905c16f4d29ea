//! The wire: requests on their way, slow, lost, or answered in vain.
//!
//! A request once written is no longer the process's: it goes on when the process is killed. When
//! the one who asked has hung up (killed, or out of patience), what has not arrived yet either
//! arrives at once or never.

use crate::{
    clock::{pause, span},
    life::{Life, Point, lock},
    sink::{MO, UNUSABLE},
    world::{Busy, Purpose, World},
};
use std::sync::Arc;
use tokio::sync::oneshot;
use vestnik_provider::{
    port::{Answer, Transport},
    wire::{Reply, Request, Trouble},
};
use vestnik_twin::{Behaviour, Cut, WireRequest};

/// A process's way to the wire.
pub struct Line {
    /// The world it is in.
    pub world: Arc<World>,
    /// Whose line.
    pub life: Arc<Life>,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Peer {
    Provider,
    Sink,
}

/// What is going to become of a request.
#[derive(Debug, Clone)]
struct Fate {
    there_ms: i64,
    /// How long the peer waits before it does what was asked.
    ponder_ms: i64,
    back_ms: i64,
    arrives: bool,
    /// Whether it does what was asked at all.
    takes_effect: bool,
    ending: Ending,
}

#[derive(Debug, Clone)]
enum Ending {
    /// The peer's own answer comes.
    Heard,
    /// Another answer comes instead.
    Instead(Reply),
    /// The connection breaks.
    Cut,
    /// Nothing comes.
    Never,
}

impl Transport for Line {
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(self.carry(request, Peer::Provider))
    }

    fn call_untrusted(&self, request: Request) -> Answer<'_> {
        Box::pin(self.carry(request, Peer::Sink))
    }
}

impl Line {
    async fn carry(&self, request: Request, peer: Peer) -> Result<Reply, Trouble> {
        if self.life.pass(Point::BeforeRequest) {
            return std::future::pending().await;
        }
        if request.url == UNUSABLE {
            return Err(Trouble::Unreachable("the name does not resolve".to_owned()));
        }
        let refused = match peer {
            Peer::Provider => {
                let rate = self.world.script.weather.refused;
                self.world.strikes(Purpose::Wire, rate, "provider refused")
            }
            Peer::Sink => self.world.sink_refuses(),
        };
        if refused {
            pause(5).await;
            return Err(Trouble::NotConnected("connection refused".to_owned()));
        }
        self.world.witness_request(&self.life, &request);
        let fate = match peer {
            Peer::Provider => self.world.provider_fate(&request),
            Peer::Sink => self.world.sink_fate(),
        };
        let patience = span(request.timeout.0);
        let (answer, heard) = oneshot::channel();
        tokio::spawn(travel(self.world.busy(), request, peer, fate, answer));
        if self.life.pass(Point::AfterRequest) {
            return std::future::pending().await;
        }
        let result = tokio::select! {
            biased;
            result = heard => result.unwrap_or_else(|_| Err(cut())),
            () = tokio::time::sleep(patience) => Err(Trouble::Cut("timed out".to_owned())),
        };
        if self.life.pass(Point::BeforeAnswer) {
            return std::future::pending().await;
        }
        result
    }
}

fn cut() -> Trouble {
    Trouble::Cut("connection reset".to_owned())
}

/// A request on its way there and its answer on its way back.
async fn travel(
    world: Busy,
    request: Request,
    peer: Peer,
    fate: Fate,
    mut answer: oneshot::Sender<Result<Reply, Trouble>>,
) {
    let arrives = tokio::select! {
        biased;
        () = answer.closed() => world.roll(Purpose::Wire, |dice| dice.chance(500)),
        () = pause(fate.there_ms) => fate.arrives,
    };
    if !arrives {
        drop(answer.send(Err(cut())));
        return;
    }
    pause(fate.ponder_ms).await;
    let own = match peer {
        _ if !fate.takes_effect => Err(cut()),
        Peer::Provider => world.at_provider(&request),
        Peer::Sink => Ok(world.at_sink(&request, &fate)),
    };
    pause(fate.back_ms).await;
    let result = match fate.ending {
        Ending::Heard => own,
        Ending::Instead(reply) => Ok(reply),
        Ending::Cut => Err(cut()),
        Ending::Never => {
            answer.closed().await;
            return;
        }
    };
    drop(answer.send(result));
}

impl World {
    fn at_provider(&self, request: &Request) -> Result<Reply, Trouble> {
        let (_, rest) = request.url.split_once("://").unwrap_or(("", &request.url));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let wire = WireRequest {
            method: request.method.as_str().to_owned(),
            host: host.to_owned(),
            path_and_query: path.to_owned(),
            headers: request.headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            body: request.body.clone(),
        };
        let response = lock(&self.twin).request(self.clock.now().0, &wire);
        self.twin_bell.notify_one();
        match response.behaviour {
            Behaviour::Answer { .. } | Behaviour::Poll { .. } => Ok(Reply {
                status: response.status,
                headers: response.headers.into_iter().map(|(n, v)| (n.into(), v)).collect(),
                body: response.body,
            }),
            Behaviour::Cut { when: Cut::Before | Cut::After, .. } => Err(cut()),
        }
    }

    fn at_sink(&self, request: &Request, fate: &Fate) -> Reply {
        let status = if let Ending::Instead(reply) = &fate.ending { reply.status } else { 200 };
        let at = self.clock.passed_ms();
        let is_taken = (200..300).contains(&status);
        let taken = match request.url.as_str() {
            MO => lock(&self.sink).take_mo(at, &request.body, is_taken),
            url => lock(&self.sink).take(at, url, &request.body, is_taken),
        };
        if let Err(error) = taken {
            self.blame(&format!("a report can't be read: {error}"));
        }
        plain(status, "")
    }

    fn sink_refuses(&self) -> bool {
        let at = self.clock.passed_ms();
        let is_down = self.script.sink_down.is_some_and(|(from, to)| (from..to).contains(&at));
        if is_down && !self.is_calm() {
            self.count("sink down");
            return true;
        }
        self.strikes(Purpose::Wire, self.script.weather.sink_refused, "sink refused")
    }

    fn spans(&self) -> Fate {
        let is_slow = self.strikes(Purpose::Wire, self.script.weather.slow, "slow exchange");
        let most = if is_slow { 4_000 } else { 60 };
        let ms = || self.roll(Purpose::Wire, |dice| dice.ms(1, most));
        let (there_ms, back_ms) = (ms(), ms());
        let ending = Ending::Heard;
        Fate { there_ms, ponder_ms: 0, back_ms, arrives: true, takes_effect: true, ending }
    }

    fn provider_fate(&self, request: &Request) -> Fate {
        let mut fate = self.spans();
        // Files lie at a host of their own, which knows no quotas.
        let is_call = request.url.contains("/waInstance");
        let weather = &self.script.weather;
        let strikes = |rate, name| self.strikes(Purpose::Wire, rate, name);
        if strikes(weather.cut_before, "cut before") {
            fate.arrives = false;
        } else if strikes(weather.cut_after, "cut after") {
            fate.ending = Ending::Cut;
        } else if strikes(weather.hang, "no answer") {
            fate.ending = Ending::Never;
        } else if strikes(weather.error_500, "error without effect") {
            fate.takes_effect = false;
            fate.ending = Ending::Instead(plain(500, "internal server error"));
        } else if strikes(weather.error_502, "error with effect") {
            fate.ending = Ending::Instead(plain(502, "<html>bad gateway</html>"));
        } else if strikes(weather.too_fast, "429") {
            fate.takes_effect = false;
            fate.ending = Ending::Instead(plain(429, "{\"message\":\"too many requests\"}"));
        } else if is_call && strikes(weather.quota, "466") {
            fate.takes_effect = false;
            fate.ending = Ending::Instead(plain(466, "{\"message\":\"quota exceeded\"}"));
        }
        if strikes(weather.ponder, "done late") {
            fate.ponder_ms = self.roll(Purpose::Wire, |dice| dice.ms(1_000, 40_000));
        }
        fate
    }

    fn sink_fate(&self) -> Fate {
        let mut fate = self.spans();
        let weather = &self.script.weather;
        let strikes = |rate, name| self.strikes(Purpose::Wire, rate, name);
        if strikes(weather.sink_500, "sink 500") {
            fate.ending = Ending::Instead(plain(500, "out of order"));
        } else if strikes(weather.sink_cut, "sink cut") {
            fate.ending = Ending::Cut;
        } else if strikes(weather.sink_hang, "sink hangs") {
            fate.ending = Ending::Never;
        }
        fate
    }
}

fn plain(status: u16, body: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}
