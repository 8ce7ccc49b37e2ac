//! The cable between a browser and the server: it can be pulled out, and it can lose what comes back.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// What goes through.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Passes {
    #[default]
    Everything,
    /// What the browser says reaches the server; what the server answers is lost.
    NoAnswers,
    Nothing,
}

#[derive(Default)]
struct Inside {
    passes: Passes,
    /// Both ends of every connection, to pull out.
    open: Vec<TcpStream>,
    /// Connections that came while nothing passed.
    turned_away: usize,
}

/// A line to one server under an address of its own.
pub(super) struct Cable {
    pub(super) url: String,
    inside: Arc<(Mutex<Inside>, Condvar)>,
}

impl Cable {
    pub(super) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::<(Mutex<Inside>, Condvar)>::default();
        let (shared, target) = (
            inside.clone(),
            server.strip_prefix("http://").unwrap().to_owned(),
        );
        // Ends with the test's process.
        thread::spawn(move || {
            for browser in listener.incoming().flatten() {
                connect(browser, &target, &shared);
            }
        });
        Self { url, inside }
    }

    /// From now on nothing comes back.
    pub(super) fn loses_answers(&self) {
        self.inside.0.lock().unwrap().passes = Passes::NoAnswers;
    }

    /// Every connection ends, and there is no new one.
    pub(super) fn pull_out(&self) {
        let mut inside = self.inside.0.lock().unwrap();
        inside.passes = Passes::Nothing;
        inside.turned_away = 0;
        for end in inside.open.drain(..) {
            // The other end may have closed it.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Waits until the browser has tried to get through so often.
    pub(super) fn turns_away(&self, attempts: usize) {
        let (inside, changed) = &*self.inside;
        let waits = |inside: &mut Inside| inside.turned_away < attempts;
        drop(changed.wait_while(inside.lock().unwrap(), waits).unwrap());
    }

    pub(super) fn plug_in(&self) {
        self.inside.0.lock().unwrap().passes = Passes::Everything;
    }
}

fn connect(browser: TcpStream, target: &str, shared: &Arc<(Mutex<Inside>, Condvar)>) {
    let (inside, changed) = &**shared;
    let mut inside = inside.lock().unwrap();
    if inside.passes == Passes::Nothing {
        inside.turned_away += 1;
        changed.notify_all();
        return;
    }
    // A server that is away is no cable's fault.
    let Ok(server) = TcpStream::connect(target) else {
        return;
    };
    let both = || (browser.try_clone().unwrap(), server.try_clone().unwrap());
    let ((up_from, up_to), (down_to, down_from)) = (both(), both());
    inside.open.extend([browser, server]);
    let (up, down) = (shared.clone(), shared.clone());
    thread::spawn(move || carry(up_from, up_to, &up, Passes::NoAnswers));
    thread::spawn(move || carry(down_from, down_to, &down, Passes::Everything));
}

/// Carries one direction to its end; `least` is how little may pass for this direction to be carried.
fn carry(mut from: TcpStream, mut to: TcpStream, shared: &(Mutex<Inside>, Condvar), least: Passes) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let passes = shared.0.lock().unwrap().passes;
        if (passes == Passes::Everything || passes == least)
            && to.write_all(&bytes[..count]).is_err()
        {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
