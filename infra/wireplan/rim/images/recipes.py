"""The images that a system needs besides its own services, each under its public name.

A cluster that can reach the public registries pulls the public image of the same name, so what stands here must behave
as that one does for our manifests: the same programs on PATH, the same user number, the same folders.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from wireplan.rim.images.build import HOST, Recipe
from wireplan.rim.images.debian import COMPILE, Debian
from wireplan.rim.images.jars import Jars
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import Config
from wireplan.rim.images.parts import PATH, Ground, Program, User
from wireplan.rim.trouble import Trouble

NONROOT = User("nonroot", 65532, "/home/nonroot")
JAVA = "usr/lib/jvm/java-21-openjdk-amd64"

NOBODY_HERE = Ground(NONROOT, folders=("home/nonroot",))


def scratch(
    key: str,
    name: str,
    program: Program,
    *,
    cmd: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
    ground: Ground = NOBODY_HERE,
) -> Recipe:
    """A static program, certificates, and nothing else."""
    config = Config(
        entrypoint=[f"/{program.path}"],
        cmd=cmd,
        user=str(ground.user.number),
        env={"PATH": PATH, **(env or {})},
    )
    return Recipe(key, name, [ground, program], config)


PAUSE = scratch(
    "pause", "registry.k8s.io/pause:3.10", Program("pause", "pause"), ground=Ground(User("pause", 65535))
)

COREDNS = scratch("coredns", "registry.k8s.io/coredns/coredns:v1.13.1", Program("coredns", "coredns"))

METRICS = scratch(
    "metrics-server",
    "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
    Program("metrics-server", "metrics-server"),
)

# The operator copies itself into every Postgres pod, and looks for the copy by architecture.
CNPG = scratch(
    "cnpg",
    "ghcr.io/cloudnative-pg/cloudnative-pg:1.28.0",
    Program("cnpg-manager", "operator/manager_amd64", links=("manager",)),
)

OBJECTS = scratch(
    "versitygw",
    "ghcr.io/versity/versitygw:v1.8.0",
    Program("versitygw", "usr/local/bin/versitygw", links=("app/versitygw",)),
    ground=Ground(NONROOT, folders=("data",)),
)

IDENTITY = scratch("identity", f"{HOST}/identity:3.52.0", Program("identity", "usr/local/bin/identity"))

CADDY = scratch(
    "caddy",
    "docker.io/library/caddy:2.11",
    Program("caddy", "usr/bin/caddy"),
    cmd=("run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"),
    env={"XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data"},
    ground=Ground(NONROOT, folders=("config", "data", "srv", "etc/caddy")),
)

# Debian's python3 is 3.13 for the whole life of the suite; services are installed for that version.
PYTHON_ROOT = Debian(
    # The libraries are those that a manylinux wheel may take for granted (PEP 600).
    ("python3", "libstdc++6", "libgcc-s1", "zlib1g", "libexpat1"),
    User("app", 10001, "/app"),
    folders=("app",),
    without=("usr/bin/openssl",),
    hooks=(COMPILE,),
)
PYTHON = Recipe(
    "python",
    f"{HOST}/base/python:3.13-{PYTHON_ROOT.stamp()[:12]}",
    [PYTHON_ROOT],
    Config(cmd=["python3"], user="10001", folder="/app", env={"PATH": PATH, "LANG": "C.UTF-8"}),
)

KAFKA_USER = User("appuser", 1000, "/home/appuser")
KAFKA = Recipe(
    "kafka",
    "docker.io/apache/kafka:4.3.1",
    [
        Debian(
            ("openjdk-21-jre-headless", "bash"),
            KAFKA_USER,
            # The class archive for heaps above 32 GiB.
            without=("*/classes_nocoops.jsa", "usr/bin/openssl"),
            files=(Entry("opt/java/openjdk", link=f"/{JAVA}"),),
        ),
        Jars(
            "opt/kafka/libs",
            KAFKA_USER,
            folders=("home/appuser", "var/lib/kafka", "var/lib/kafka/data", "etc/kafka", "mnt/shared/config"),
        ),
    ],
    Config(
        cmd=["java", "-cp", "/opt/kafka/libs/*", "kafka.Kafka"],
        user="1000",
        folder="/",
        env={"PATH": f"/opt/java/openjdk/bin:{PATH}", "JAVA_HOME": "/opt/java/openjdk", "LANG": "C.UTF-8"},
    ),
)

# The client library describes each of Amazon's services, 90 MB of them.
ONLY_S3 = 'find "$1/usr/lib/python3/dist-packages/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts -exec rm -r {} +'
COMPILE_BARMAN = f"{COMPILE} /usr/lib/python3/dist-packages"
POSTGRES_BIN = "usr/lib/postgresql/17/bin"
POSTGRES_USER = User("postgres", 26, "/var/lib/postgresql")
POSTGRES = Recipe(
    "postgres",
    "ghcr.io/cloudnative-pg/postgresql:17",
    [
        Debian(
            ("postgresql-17", "barman-cli-cloud"),
            POSTGRES_USER,
            folders=("var/lib/postgresql", "var/run/postgresql"),
            # Compiling queries (JIT) is off where its library is missing, and LLVM is half of the whole closure.
            # What Debian has in /usr/bin are wrappers in Perl around the programs of the server's own folder.
            without=(
                "usr/lib/*/libLLVM*",
                "usr/lib/*/libz3*",
                "usr/lib/postgresql/17/lib/llvmjit*",
                "usr/lib/postgresql/17/lib/bitcode/*",
                "usr/share/postgresql-common/*",
                "usr/bin/pg_*",
                "usr/bin/pgbench",
                "usr/bin/psql",
                "usr/bin/*db",
                "usr/bin/*user",
                "usr/bin/*lang",
                "usr/bin/oid2name",
                "usr/bin/vacuumlo",
            ),
            hooks=(ONLY_S3, COMPILE_BARMAN),
        ),
    ],
    Config(
        cmd=["postgres"],
        user="26",
        folder="/",
        env={"PATH": f"/{POSTGRES_BIN}:{PATH}", "LANG": "C.UTF-8", "PGDATA": "/var/lib/postgresql/data"},
    ),
)

VALKEY_USER = User("valkey", 999, "/data")
VALKEY = Recipe(
    "valkey",
    "docker.io/valkey/valkey:8.1",
    [Debian(("valkey-server",), VALKEY_USER, folders=("data",), without=("usr/bin/openssl",))],
    Config(cmd=["valkey-server"], user="999", folder="/data", env={"PATH": PATH}),
)

# Varnish compiles its configuration when it starts: of the compiler stays what a shared library in C needs.
VARNISH_USER = User("varnish", 1000, "/var/lib/varnish")
VARNISH = Recipe(
    "varnish",
    "docker.io/library/varnish:7.7",
    [
        Debian(
            ("varnish",),
            VARNISH_USER,
            folders=("var/lib/varnish", "var/cache/varnish", "etc/varnish"),
            without=(
                *(f"usr/include/{each}/*" for each in ("linux", "asm-generic", "drm", "misc", "mtd", "rdma")),
                *(f"usr/include/{each}/*" for each in ("scsi", "sound", "video", "xen", "cxl", "*/asm")),
                "usr/lib/linux/*",
                "usr/bin/*lto*",
                "usr/bin/*gp-*",
                "usr/bin/*gprof*",
                "usr/bin/openssl",
                "usr/bin/systemd*",
                "usr/bin/*ctl",
                "usr/lib/*/systemd/*",
                "usr/lib/*/*gprofng*",
                "usr/lib/*/lib*san.so*",
                "usr/lib/*/libc.a",
                "usr/lib/*/libm.a",
                "usr/lib/*/libm-*.a",
                "usr/lib/*/libmvec.a",
                "usr/lib/gcc/*san*",
                "usr/lib/gcc/*/plugin/*",
                "usr/lib/gcc/*/libgcov.a",
                "usr/libexec/gcc/*/lto1",
                "usr/libexec/gcc/*/lto-wrapper",
                "usr/share/gcc/*",
                "usr/share/gdb/*",
                "etc/varnish/*.vcl",
            ),
        ),
    ],
    Config(
        cmd=["varnishd", "-F", "-f", "/etc/varnish/default.vcl"],
        user=str(VARNISH_USER.number),
        folder="/",
        env={"PATH": PATH, "LANG": "C.UTF-8"},
    ),
)

RECIPES = {
    recipe.key: recipe
    for recipe in (
        PAUSE,
        COREDNS,
        METRICS,
        CNPG,
        OBJECTS,
        IDENTITY,
        CADDY,
        VARNISH,
        PYTHON,
        KAFKA,
        POSTGRES,
        VALKEY,
    )
}


def recipe(key: str, others: Iterable[str] = ()) -> Recipe:
    """The recipe called `key`; `others` are further words that a person may have meant.

    Raises:
        Trouble: there is none.
    """
    if key not in RECIPES:
        known = [*RECIPES, *others]
        near = get_close_matches(key, known, 1)
        raise Trouble(
            f'there is no image "{key}"' + (f"; did you mean {near[0]}?" if near else ""),
            fix=f"the images are {', '.join(known)}",
        )
    return RECIPES[key]
