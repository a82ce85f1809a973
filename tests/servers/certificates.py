# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for servers of the tests, good ones and bad ones, made anew."""
import subprocess

GOOD = "DNS:localhost,IP:127.0.0.1,IP:::1"


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"openssl {arguments}: {done.stderr}")


def _key(path, kind):
    if kind == "ec":
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                path)
    else:
        openssl("genrsa", "-out", path, kind)


def authority(folder, name="ca"):
    """NAME.pem and NAME.key: a certificate authority."""
    _key(folder / f"{name}.key", "ec")
    openssl("req", "-x509", "-new", "-key", folder / f"{name}.key", "-out",
            folder / f"{name}.pem", "-days", "30", "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return folder / f"{name}.pem"


def certificate(folder, name, names=GOOD, ca="ca", common="localhost",
                usage="serverAuth", key="ec", start=None, end=None,
                digest="sha256", is_ca=False):
    """NAME.pem (with its key) by that authority; `names` None for none; times
    as openssl ca wants them, "20200101000000Z"."""
    key_file, request = folder / f"{name}.key", folder / f"{name}.csr"
    _key(key_file, key)
    openssl("req", "-new", "-key", key_file, "-out", request, "-subj",
            f"/CN={common}")
    extensions = folder / f"{name}.ext"
    extensions.write_text(
        f"[x]\nbasicConstraints=CA:{str(is_ca).upper()}\n"
        f"extendedKeyUsage={usage}\n"
        + (f"subjectAltName={names}\n" if names else "")
        + f"[ca]\ndefault_ca=us\n[us]\ndatabase={folder}/{name}.db\n"
        f"new_certs_dir={folder}\nrand_serial=yes\ndefault_md={digest}\n"
        "policy=any\nunique_subject=no\n[any]\ncommonName=supplied\n")
    (folder / f"{name}.db").touch()
    times = ["-startdate", start or "20200101000000Z",
             "-enddate", end] if end else ["-days", "30"]
    openssl("ca", "-batch", "-notext", "-config", extensions, "-extensions",
            "x", "-cert", folder / f"{ca}.pem", "-keyfile",
            folder / f"{ca}.key", "-in", request, "-out",
            folder / f"{name}.crt", *times)
    bundle = folder / f"{name}.pem"
    bundle.write_text((folder / f"{name}.crt").read_text()
                      + key_file.read_text())
    return bundle


def self_signed(folder, name="self-signed"):
    authority(folder, name)
    bundle = folder / f"{name}.pem"
    bundle.write_text(bundle.read_text()
                      + (folder / f"{name}.key").read_text())
    return bundle
