/** Contents of a haproxy.cfg that its author meant to break a reader with, each of about as many characters as asked for. */
export const HOSTILE_CONFIGS: Readonly<Record<string, (size: number) => string>> = {
  "one line without end": (size) => `backend b\n server s 1.1.1.1:80 check ${"x".repeat(size)}\n`,
  "one line of words": (size) => `backend b\n server s 1.1.1.1:80 ${fill("check ", size)}\n`,
  "one keyword": (size) => fill("server ", size),
  "lines of one keyword": (size) => `backend b\n${fill("server\n", size)}`,
  "empty lines": (size) => `backend b\n${"\n".repeat(size)} server s 1.1.1.1:80 check\n`,
  "blanks at the end of a line": (size) => `backend b\n server s 1.1.1.1:80 check${" \t".repeat(size / 2)}\n`,
  NULs: (size) => `backend b\n server s\0 1.1.1.1:80 check\n${"\0".repeat(size)}`,
  "all control characters": (size) => `backend b\n${fill(` server ${CONTROLS} 1.1.1.1:80 check\n`, size)}`,
  "CR as the end of lines": (size) => fill("backend b\r server s 1.1.1.1:80 check\r", size),
  "a mark of byte order": (size) => `\ufeff${fill("backend b\n server s 1.1.1.1:80 check\n", size)}`,
  "UTF-16": (size) => fill("backend b\n server s 1.1.1.1:80 check\n", size / 2).replaceAll(/(?=[^])/g, "\0"),
  "halves of surrogate pairs": (size) => `backend b\n${fill(" server \ud800\udc00\udc00 1.1.1.1:80 check\n", size)}`,
  "sections of one name": (size) => fill("backend b\n server s 1.1.1.1:80 check\n", size),
  "sections of ever new names": (size) => number(size, (n) => `backend b${n}\n server s 1.1.1.1:80 check\n`),
  "headers alone": (size) => fill("listen\n", size),
  "servers of one section": (size) => `backend b\n${number(size, (n) => ` server s${n} 1.1.1.1:80 check inter 5\n`)}`,
  "servers that track one another in a circle": (size) =>
    `backend b\n server s0 1:1 track s1\n${number(size, (n) => ` server s${n + 1} 1:1 track s${n}\n`)} server s1 1:1 track s0\n`,
  "servers that all track the last one": (size) =>
    `backend b\n${number(size, (n) => ` server s${n} 1:1 track b/last\n`)} server last 1:1 check\n`,
  "templates of servers without end": (size) =>
    `backend b\n${fill(" server-template s 1-999999999 host:80 check\n", size)}`,
  "defaults from one another": (size) =>
    number(
      size,
      (n) => `defaults d${n} from d${n - 1}\n option httpchk\n http-check expect status 200\n timeout t${n} 1\n`,
    ),
  "defaults from themselves": (size) =>
    fill("defaults d from d\n option httpchk\nbackend b from d\n server s 1:1 check\n", size),
  "check rules without end": (size) =>
    `backend b\n option httpchk\n${fill(" http-check expect ! rstatus ^5\n", size)} server s 1:1 check\n`,
  "check options without end": (size) =>
    `backend b\n${fill(" option httpchk\n option tcp-check\n", size)} server s 1:1 check\n`,
  "default-servers without end": (size) =>
    `backend b\n${number(size, (n) => ` default-server check inter ${n} k${n} v\n server s${n} 1:1\n`)}`,
  "servers under check rules without end": (size) =>
    `backend kube-api\n option httpchk\n${fill(" http-check expect ! rstatus ^5\n", size / 2)}${fill(" server s 1:6443 check\n", size / 2)}`,
  "servers under one endless request": (size) =>
    `backend kube-api\n option httpchk GET / ${"\\r\\nA:a".repeat(size / 12)}\n${fill(" server s 1:6443 check\n", size / 2)}`,
  "servers under one endless default": (size) =>
    `backend kube-api\n default-server check track ${"a".repeat(size / 2)}\n${fill(" server s 1:1\n", size / 2)}`,
  "servers of an endless name": (size) =>
    `backend ${"kube".repeat(size / 8)}\n${fill(" server s 1:6443 check track a\n", size / 2)}`,
  "ports times backends": (size) =>
    `frontend f\n${number(size / 2, (n) => ` bind :${n % 65_536}\n`)}${number(size / 2, (n) => ` default_backend b${n}\n`)}`,
  "ports times servers": (size) =>
    `listen l\n${number(size / 2, (n) => ` bind :${n % 65_536}\n`)}${fill(" server s 1:1 check\n", size / 2)}`,
  "mistakes of one line": (size) => `backend b\n server s 1:1 check ${fill("inter 5 ", size)}\n`,
  "frontends and backends of one name": (size) =>
    number(size, (n) => `frontend n${n}\n bind :80\nbackend n${n}\n server s 1:1 check\n`),
  "words of other sections": (size) => fill("userlist u\n user a insecure-password b\npeers p\n server s 1:1\n", size),
  "ACLs within ACLs": (size) =>
    `frontend f\n acl a ${"{ ".repeat(size / 4)}${"} ".repeat(size / 4)}\n use_backend b if ${"( ".repeat(size / 4)}\n`,
  "conditions within conditions": (size) => `${fill(".if 1\n", size)}backend b\n server s 1:1 check\n`,
  "a condition of parentheses": (size) =>
    `.if ${"(".repeat(size / 2)}1${")".repeat(size / 2)}\nbackend b\n server s 1:1 check\n.endif\n`,
  "a condition of negations": (size) => `.if ${"!".repeat(size)}1\nbackend b\n server s 1:1 check\n.endif\n`,
  "a condition of blanks": (size) => `.if 1 ${" ".repeat(size)}x(\nbackend b\n server s 1:1 check\n.endif\n`,
  "quotes that are not closed": (size) => `backend b\n${fill(" server \"s 1:1 check\n server 's 1:1\n", size)}`,
  "quotes within quotes": (size) => `backend b\n server s 1:1 check ${fill(`"'"'\\"`, size)}\n`,
  backslashes: (size) => `backend b\n server s 1:1 check ${"\\".repeat(size)}\n`,
  "variables within variables": (size) => `backend b\n server s "${"${A-".repeat(size / 5)}" check\n`,
  "variables that are not closed": (size) => `backend b\n${fill(' server s "${A', size)}\n`,
  "templates that are not closed": (size) =>
    `backend b\n${fill("{{ {% if x %}{# <% <%= ${ ", size)}\n server s 1:1 check\n`,
  "branches of templates within branches": (size) =>
    `backend b\n${fill("{% if a %}\n server s 1:1 check\n{% else %}\n", size)}`,
  "fences that are not closed": (size) => fill("```\nbackend b\n server s 1:1 check\n~~~\n", size),
  "here-documents that are not closed": (size) => fill("cat <<EOF\nbackend b\n server s 1:1 check\n", size),
  "echo without end": (size) => `cat <<E\nbackend b\nE\n${fill('echo "server s 1:1 check" | \n', size)}`,
  "comments without end": (size) => `backend b # ${"#".repeat(size)}\n server s 1:1 check\n`,
  "comments that ignore rules": (size) =>
    `${fill("# haprobe: ignore check-blind why\n", size)}backend b\n server s 1:1 check\n`,
  "comments that ignore rules between servers": (size) =>
    `backend b\n${fill(" # haprobe: ignore time-without-unit why\n server s 1:1 check inter 5\n", size)}`,
  "a comment of blanks": (size) => `backend b # haprobe: ignore check-blind${" ".repeat(size)}\n server s 1:1 check\n`,
  "files that it would include": (size) =>
    fill(".include /dev/zero\ninclude /etc/shadow\nconf-dir /\n.notice x\n", size),
  "names of prototypes": (size) =>
    fill(
      "backend __proto__\n option constructor\n timeout __proto__ 1\n server constructor 1:1 check __proto__ x\n",
      size,
    ),
  "numbers beyond all": (size) =>
    `backend b\n${fill(` server s 1:99999 check inter ${"9".repeat(40)}d fall -1 rise 1e99\n`, size)}`,
  "commands for GitHub, SARIF and terminals": (size) =>
    `backend b\n${fill(" server \u001b]0;x\u0007\u001b[2J,%0A::error::\u202e 1:1 check\n", size)}`,
  "differences between lines and their cures": (size) =>
    `backend b\n${number(size, (n) => ` server s${n} 10.0.0.1:6443 check\n`)}`,
};

const CONTROLS = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code))
  .filter((character) => /[^\n\x20-\x7e]/.test(character))
  .join("");

function fill(piece: string, size: number): string {
  return piece.repeat(Math.ceil(size / piece.length));
}

/** Pieces with growing numbers. */
function number(size: number, piece: (n: number) => string): string {
  const pieces: string[] = [];
  for (let n = 1, length = 0; length < size; n += 1) {
    const next = piece(n);
    pieces.push(next);
    length += next.length;
  }
  return pieces.join("");
}
