// SPDX-License-Identifier: BSD-2-Clause
//! A transport in Rust, without crates: the token in a file of its own.
//!
//!     rustc --edition 2021 --crate-type cdylib -C panic=abort \
//!         -o keep.so keep.rs -l delivery
//!
//! The structs are those of delivery/plugin.h, version 0.9 of the contract.
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::fs;
use std::mem::size_of;
use std::ptr::null;

const OK: c_int = 0;
const NOT_FOUND: c_int = 1;
const IO: c_int = 13;
const RECEIVER: c_int = 1;
const NEEDS_PATH: u32 = 0x40;

#[repr(C)]
pub struct Endpoint {
    _opaque: [u8; 0],
}

type Callback = Option<unsafe extern "C" fn(*mut Endpoint, u32) -> c_int>;

#[repr(C)]
struct Transport {
    scheme: *const c_char,
    other_names: *const *const c_char,
    synopsis: *const c_char,
    description: *const c_char,
    params: *const c_void,
    n_params: usize,
    url: u32,
    reserved: u32,
    open: Callback,
    free: Callback,
    connect_early: Callback,
    connect: Callback,
    send: Callback,
    recv: Callback,
    wait: Callback,
    clean: Callback,
    close: Callback,
    close_late: Callback,
}

#[repr(C)]
struct Plugin {
    name: *const c_char,
    version: *const c_char,
    summary: *const c_char,
    author: *const c_char,
    home_page: *const c_char,
    transports: *const Transport,
    n_transports: usize,
}

#[repr(C)]
pub struct Record {
    magic: u32,
    abi_major: u16,
    abi_minor: u16,
    plugin_size: u32,
    transport_size: u32,
    param_size: u32,
    reserved: u32,
    plugin: *const Plugin,
}

// The tables are constant, whatever thread looks at them.
unsafe impl Sync for Transport {}
unsafe impl Sync for Plugin {}
unsafe impl Sync for Record {}

extern "C" {
    fn delivery_fail(
        ep: *mut Endpoint, reason: c_int, format: *const c_char, ...
    ) -> c_int;
    fn delivery_path(ep: *const Endpoint) -> *const c_char;
    fn delivery_token(ep: *const Endpoint) -> *const c_char;
    fn delivery_role(ep: *const Endpoint) -> c_int;
}

fn text(from: *const c_char) -> String {
    unsafe { CStr::from_ptr(from) }.to_string_lossy().into_owned()
}

fn fail(ep: *mut Endpoint, reason: c_int, error: std::io::Error) -> c_int {
    let why = format!("{}: {}", text(unsafe { delivery_path(ep) }), error);
    let why = CString::new(why).unwrap_or_default();

    unsafe { delivery_fail(ep, reason, c"%s".as_ptr(), why.as_ptr()) }
}

/// Opening a FIFO would hold us up.
fn is_file(path: &str) -> std::io::Result<()> {
    if fs::metadata(path)?.is_file() {
        return Ok(());
    }
    Err(std::io::Error::other("not a file"))
}

unsafe extern "C" fn send(ep: *mut Endpoint, _flags: u32) -> c_int {
    let path = text(delivery_path(ep));
    let half = format!("{}.{}", path, text(delivery_token(ep)));

    match fs::write(&half, text(delivery_token(ep)))
        .and_then(|()| fs::rename(&half, &path))
    {
        Ok(()) => OK,
        Err(error) => fail(ep, IO, error),
    }
}

unsafe extern "C" fn recv(ep: *mut Endpoint, _flags: u32) -> c_int {
    let path = text(delivery_path(ep));

    match is_file(&path).and_then(|()| fs::read_to_string(&path)) {
        Ok(found) if found == text(delivery_token(ep)) => OK,
        Ok(_) => NOT_FOUND,
        Err(error) => fail(ep, NOT_FOUND, error),
    }
}

/// Called after recv found the token there, and nothing else.
unsafe extern "C" fn clean(ep: *mut Endpoint, _flags: u32) -> c_int {
    if delivery_role(ep) == RECEIVER {
        if let Err(error) = fs::remove_file(text(delivery_path(ep))) {
            return fail(ep, IO, error);
        }
    }
    OK
}

static TRANSPORT: Transport = Transport {
    scheme: c"keep".as_ptr(),
    other_names: null(),
    synopsis: c"keep:///ABSOLUTE/PATH".as_ptr(),
    description: c"Writes a file, and reads it again.".as_ptr(),
    params: null(),
    n_params: 0,
    url: NEEDS_PATH,
    reserved: 0,
    open: None,
    free: None,
    connect_early: None,
    connect: None,
    send: Some(send),
    recv: Some(recv),
    wait: None,
    clean: Some(clean),
    close: None,
    close_late: None,
};

static PLUGIN: Plugin = Plugin {
    name: c"keep".as_ptr(),
    version: c"1".as_ptr(),
    summary: c"a file, by Rust".as_ptr(),
    author: null(),
    home_page: null(),
    transports: &TRANSPORT,
    n_transports: 1,
};

static RECORD: Record = Record {
    magic: 0x444c_5631,
    abi_major: 0,
    abi_minor: 9,
    plugin_size: size_of::<Plugin>() as u32,
    transport_size: size_of::<Transport>() as u32,
    // Of struct delivery_param: four pointers and two numbers of 32 bits.
    param_size: 4 * size_of::<usize>() as u32 + 8,
    reserved: 0,
    plugin: &PLUGIN,
};

#[no_mangle]
pub extern "C" fn delivery_plugin_entry() -> *const Record {
    &RECORD
}
