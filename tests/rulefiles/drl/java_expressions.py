"""Expressions whose text real Java was asked for; run as a program, it asks again and writes `java_answers.jsonl`.

python -m tests.rulefiles.drl.java_expressions /path/to/oracle
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ANSWERS = Path(__file__).with_name("java_answers.jsonl")
IMPORTS = """
import java.util.*;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.*;
import java.time.temporal.ChronoUnit;
import java.time.format.DateTimeFormatter;
"""
PRELUDE = r"""
int i = 7; int j = -3; int most = 2147483647; long l = 9000000000L; double d = 2.5; double z = 0.0; float f = 1.1f;
char c = 'x'; boolean yes = true; boolean no = false; short sh = 12; byte by = -5;
String s = "Hello, World"; String e = ""; String n = null; String u = "Žut 😀 ß"; String w = "  a b\t"; String num = "42";
Integer boxed = 127; Integer none = null; Long wide = 5L; Double real = 0.1; Boolean maybe = null; Object o = "text"; Object oi = 5;
BigDecimal p = new BigDecimal("10.25"); BigDecimal q = new BigDecimal("3"); BigInteger bi = new BigInteger("123456789012345678901");
List<String> list = new ArrayList<>(Arrays.asList("b", "a", "c")); List<Integer> numbers = new ArrayList<>(Arrays.asList(3, 1, 2));
Map<String, Integer> map = new HashMap<>(); map.put("one", 1); map.put("two", 2); map.put("three", 3); map.put("zebra", 26);
Map<String, String> linked = new LinkedHashMap<>(); linked.put("z", "1"); linked.put("a", "2");
Set<String> set = new HashSet<>(Arrays.asList("red", "green", "blue", "yellow")); int[] array = new int[] {4, 5, 6};
StringBuilder sb = new StringBuilder("abc");
LocalDate day = LocalDate.of(2026, 1, 31); LocalDateTime at = LocalDateTime.of(2026, 11, 9, 8, 5, 0); LocalTime noon = LocalTime.of(12, 0);
Instant instant = Instant.parse("2026-11-09T08:05:00.250Z"); Duration span = Duration.ofMinutes(90); Date date = new Date(1762675200000L);
ZonedDateTime zoned = ZonedDateTime.of(at, ZoneOffset.UTC); DateTimeFormatter form = DateTimeFormatter.ofPattern("dd.MM.yyyy HH:mm");
"""

EXPRESSIONS = r"""
1 + 2
7 / 2
-7 / 2
7 % 3
-7 % 3
7 % -3
i / j
i % j
i / 0
i % 0
5L / 0
most + 1
most * 2
-most - 2
most + 1L
l * l
l + most
1000000 * 1000000
1000000L * 1000000
d / 0
-d / 0
z / 0
0.0 / 0 == 0.0 / 0
d % 0
5.5 % 2
-5.5 % 2
i / 2.0
1 / 3.0
2.0 / 3
0.1 + 0.2
100.0
1.0E7
1.0E6
9999999.0
10000000.0
12345678.9
0.001
0.0001
1.0E-5
123456789012345680.0
1.0E10
1e21
1e22
4.35
-0.0
0.0 - 0.0
3.0f
f
f * 2
f + d
1.1f * 1.1f
1.0f / 3
16777217f
1e10f
100f / 3
(int) 3.99
(int) -3.99
(int) 1e20
(long) 1e20
(int) 0.0 / 1
(byte) 200
(short) 40000
(int) 5000000000L
(char) 97
(int) 'a'
(char) (c + 1)
c + 1
'a' + 'b'
'a' + "b"
"" + 'a' + 'b'
c
c == 'x'
c > 'a'
'a' + 1 + "x"
"x" + 'a' + 1
"x" + 1 + 2
1 + 2 + "x"
1 + 2 + "x" + 1 + 2
"a" + null
n + "a"
s + d
s + 1.0f
s + 10L
s + yes
s + p
s + list
s + map
s + day
sh + by
sh * 1000 * 1000
by & 0xff
~i
~0L
-i
+j
i & 3
i | 8
i ^ 5
i << 2
1 << 31
1 << 33
1L << 33
j >> 1
j >>> 1
j >>> 28
-1L >>> 60
yes & no
yes | no
yes ^ yes
!yes
yes && !no
no || yes
i > j
i >= 7
d < 3
l == 9000000000L
i == 7.0
boxed == 127
boxed > 100
none == null
n == null
s != null
maybe == null
i > 5 ? "big" : "small"
i > 5 ? 1 : 2.0
yes ? 'a' : 'b'
yes ? 1 : 'a'
yes ? none : "x"
none + 1
none > 1
n.length()
boxed + 1
boxed / 2
wide + i
wide * 2
real * 3
real + boxed
0x1F
010
0b101
1_000_000
1e3
.5
'\n' + 0
'\u0041'
"tab\there"
"quote\"s"
s.length()
e.length()
u.length()
u.charAt(4)
u.charAt(4) + 0
u.substring(0, 3)
u.substring(4)
u.indexOf("ß")
u.toUpperCase()
u.toLowerCase()
s.charAt(4)
s.charAt(50)
s.isEmpty()
e.isEmpty()
w.isBlank()
"[" + w.trim() + "]"
"[" + w.strip() + "]"
"[" + w.stripLeading() + "]"
s.substring(7)
s.substring(0, 5)
s.substring(5, 3)
s.substring(20)
s.indexOf("o")
s.indexOf('o')
s.indexOf("o", 5)
s.indexOf("zz")
s.indexOf("")
s.lastIndexOf("o")
s.lastIndexOf('l')
s.lastIndexOf("o", 6)
s.contains("World")
s.contains("")
s.startsWith("Hello")
s.startsWith("World", 7)
s.endsWith("ld")
s.equals("Hello, World")
s.equals(null)
s.equalsIgnoreCase("HELLO, WORLD")
s.equalsIgnoreCase(null)
"a".equals('a')
s.compareTo("Hello")
s.compareTo("Jello")
"apple".compareTo("banana")
"a".compareToIgnoreCase("B")
s.toUpperCase()
s.toLowerCase()
s.replace('l', 'L')
s.replace("World", "there")
s.replace("", "-")
s.replaceAll("[aeiou]", "*")
s.replaceAll("(\\w+), (\\w+)", "$2 $1")
s.replaceFirst("l", "L")
"a.b.c".replaceAll(".", "x")
"a.b.c".replace(".", "x")
"cost".replaceAll("o", "\\$")
"STOP now".matches("STOP.*")
"STOP".matches("(?i)stop")
"12345".matches("\\d{5}")
"abc".matches("b")
"ß".matches("\\w")
"a1_".matches("\\w+")
"Ana".matches("\\p{Alpha}+")
"A-1".matches("[A-Z]-\\d")
"line\nbreak".matches("line.break")
"385 98-123".replaceAll("[^0-9]", "")
"a,b,c".split(",").length
"a,b,,".split(",").length
",a".split(",").length
"".split(",").length
"a,b,,".split(",", -1).length
"a,b,c".split(",", 2)[1]
"a b  c".split("\\s+").length
"a b  c".split(" ").length
"abc".split("").length
"a|b".split("\\|")[1]
"JOIN ana".split(" ")[1]
String.join("-", "a", "b")
String.join(", ", list)
String.join("-", new String[] {"x", "y"})
"ab".repeat(3)
"ab".repeat(0)
"ab".repeat(-1)
"ab".concat("cd")
"abc".hashCode()
"Hello".hashCode()
u.hashCode()
e.hashCode()
"a-b".toCharArray().length
String.valueOf(5)
String.valueOf(2.50)
String.valueOf('c')
String.valueOf(yes)
String.valueOf(list)
String.valueOf(o)
String.format("%s is %d", "x", 5)
String.format("%5d|%-5d|%05d", 42, 42, 42)
String.format("%,d", 1234567)
String.format("%+d %(d", 5, -5)
String.format("%x %X %o", 255, 255, 8)
String.format("%08X", 48879)
String.format("%x", -1)
String.format("%.2f", 3.14159)
String.format("%.1f", 0.25)
String.format("%.0f", 2.5)
String.format("%.2f", 1.005)
String.format("%10.2f|%-10.2f|", 3.14159, 2.5)
String.format("%,.2f", 1234567.891)
String.format("%f", 1.5)
String.format("%e", 12345.678)
String.format("%.3e", 0.00012345)
String.format("%.3g", 12345.678)
String.format("%s %S", "abc", "abc")
String.format("%10s|%-10s|", "abc", "abc")
String.format("%.2s", "abc")
String.format("%c%c", 'a', 98)
String.format("%b %b", yes, null)
String.format("%%")
String.format("%2$s %1$s", "a", "b")
String.format("%s", list)
String.format("%s", n)
String.format("%d", n)
String.format("%d", 2.5)
String.format("%.2f", 5)
String.format("%s %s", "a")
String.format("%h", "hello")
String.format("%tY-%tm", day, day)
String.format("%.2f", p)
String.format("%s", 1.0f)
String.format("%03d-%s", i, s)
String.format("%.3f", 2.0005)
String.format("%.2f", -0.001)
Integer.parseInt("42")
Integer.parseInt("-7")
Integer.parseInt("+7")
Integer.parseInt(" 7")
Integer.parseInt("x")
Integer.parseInt("")
Integer.parseInt("2147483648")
Integer.parseInt("ff", 16)
Integer.valueOf("12")
Integer.valueOf(5).equals(5)
Integer.toString(99)
Integer.toHexString(255)
Integer.toHexString(-1)
Integer.toBinaryString(10)
Integer.toBinaryString(-8)
Integer.MAX_VALUE
Integer.MIN_VALUE
Integer.compare(3, 5)
Integer.max(3, 5)
Integer.sum(3, 5)
Integer.bitCount(255)
Integer.signum(-9)
boxed.intValue()
boxed.doubleValue()
boxed.toString()
boxed.equals(127)
boxed.hashCode()
boxed.compareTo(5)
Long.parseLong("9000000000")
Long.MAX_VALUE
Long.MAX_VALUE + 1
Long.valueOf(5)
Long.toString(7L)
wide.intValue()
Double.parseDouble("2.50")
Double.parseDouble(" 1e3 ")
Double.parseDouble("abc")
Double.valueOf("7")
Double.toString(1.0)
Double.compare(1.0, 2.0)
Double.isNaN(0.0 / 0)
Double.MAX_VALUE
Double.NaN
Double.POSITIVE_INFINITY
real.intValue()
real.equals(0.1)
Float.parseFloat("1.1")
Boolean.parseBoolean("TRUE")
Boolean.parseBoolean("yes")
Boolean.TRUE
Boolean.toString(no)
Character.isDigit('5')
Character.isLetter('ž')
Character.isUpperCase('A')
Character.isWhitespace(' ')
Character.toUpperCase('a')
Character.getNumericValue('7')
Character.toString('q')
p.add(q)
p.subtract(q)
p.multiply(q)
p.multiply(p)
p.divide(q)
p.divide(q, 2, RoundingMode.HALF_UP)
p.divide(q, 4, RoundingMode.DOWN)
p.divide(new BigDecimal("2"))
p.divide(new BigDecimal("0.5"))
p.divide(BigDecimal.ZERO)
p.remainder(q)
p.negate()
p.abs()
p.pow(2)
p.setScale(1, RoundingMode.HALF_UP)
p.setScale(1, RoundingMode.HALF_EVEN)
p.setScale(1, RoundingMode.UP)
p.setScale(4)
p.setScale(1)
p.scale()
p.precision()
p.signum()
p.intValue()
p.doubleValue()
p.compareTo(new BigDecimal("10.250"))
p.equals(new BigDecimal("10.250"))
p.max(q)
p.toPlainString()
new BigDecimal("1E+3")
new BigDecimal("1E+3").toPlainString()
new BigDecimal("100").stripTrailingZeros()
new BigDecimal("0.000000001")
new BigDecimal(0.1).setScale(5, RoundingMode.HALF_UP)
new BigDecimal("abc")
BigDecimal.valueOf(2.50)
BigDecimal.valueOf(5)
BigDecimal.valueOf(123, 2)
BigDecimal.TEN
BigDecimal.ONE.add(BigDecimal.TEN)
bi.add(BigInteger.ONE)
bi.multiply(bi)
bi.mod(BigInteger.TEN)
Math.max(3, 5)
Math.max(3, 5L)
Math.max(3, 5.5)
Math.min(-1, 1)
Math.abs(-5)
Math.abs(-5.5)
Math.abs(Integer.MIN_VALUE)
Math.round(2.5)
Math.round(-2.5)
Math.round(2.4)
Math.floor(-1.5)
Math.ceil(1.2)
Math.ceil(-0.5)
Math.rint(2.5)
Math.sqrt(2)
Math.sqrt(-1)
Math.pow(2, 10)
Math.pow(2, 0.5)
Math.log(1)
Math.log10(1000)
Math.cbrt(27)
Math.hypot(3, 4)
Math.signum(-2.5)
Math.floorMod(-7, 3)
Math.floorDiv(-7, 3)
Math.addExact(most, 1)
Math.multiplyExact(3, 4)
Math.PI
Math.toDegrees(Math.PI)
(int) Math.round(7.6)
Objects.equals(n, null)
Objects.equals("a", "a")
Objects.isNull(n)
Objects.nonNull(n)
Objects.toString(n)
Objects.toString(n, "default")
Objects.requireNonNullElse(n, "else")
Objects.requireNonNull(n)
Objects.hash(1, "a")
Optional.ofNullable(n).isPresent()
Optional.of("a").get()
Optional.ofNullable(n).orElse("none")
Optional.of("a")
Optional.empty()
list
list.size()
list.get(0)
list.get(5)
list.contains("a")
list.indexOf("c")
list.isEmpty()
list.subList(0, 2)
list.add("d")
list.remove("a")
list.remove(0)
list.set(0, "z")
numbers.remove(Integer.valueOf(1))
numbers.contains(2)
numbers.get(0) + numbers.get(1)
list.equals(Arrays.asList("b", "a", "c"))
list.hashCode()
numbers.hashCode()
new ArrayList<String>()
Arrays.asList(1, 2, 3)
Arrays.asList(1, 2, 3).contains(2)
Arrays.asList("a").add("b")
List.of(1, 2).size()
List.of(1).add(2)
Collections.max(numbers)
Collections.min(numbers)
Collections.frequency(list, "a")
Collections.emptyList()
Collections.nCopies(3, "x")
array.length
array[1]
array[3]
array[0] + array[2]
Arrays.toString(array)
new String[2].length
map
map.size()
map.get("one")
map.get("four")
map.get("four") == null
map.get("one") + 1
map.getOrDefault("four", 4)
map.containsKey("two")
map.containsValue(3)
map.put("one", 11)
map.remove("two")
map.keySet()
map.values()
map.entrySet()
map.isEmpty()
linked
linked.get("z")
linked.keySet()
set
set.size()
set.contains("red")
set.add("red")
set.remove("nothing")
new HashSet<>(Arrays.asList(5, 1, 100, 33, 17))
new HashSet<>(Arrays.asList("a", "b", "a"))
new TreeSet<>(Arrays.asList("c", "a", "b"))
new TreeSet<>(Arrays.asList(5, 1)).first()
new HashSet<>(Arrays.asList("ana", "ivan", "marko", "petra", "luka", "ema", "mia", "nika", "dora", "tena", "jan", "filip", "sara", "lana"))
sb.append("d").append(1).append(2.5).append('e').append(yes)
sb.append(n)
sb.length()
sb.reverse()
sb.insert(1, "XX")
sb.deleteCharAt(0)
sb.indexOf("c")
sb.toString()
sb.charAt(1)
new StringBuilder().append(1).toString()
day
day.plusDays(1)
day.plusMonths(1)
day.minusYears(2)
day.plusWeeks(1)
day.getDayOfWeek()
day.getDayOfWeek().getValue()
day.getMonth()
day.getMonthValue()
day.getDayOfMonth()
day.getDayOfYear()
day.getYear()
day.lengthOfMonth()
day.isLeapYear()
day.isBefore(LocalDate.of(2026, 2, 1))
day.equals(LocalDate.of(2026, 1, 31))
day.withDayOfMonth(1)
day.atStartOfDay()
day.compareTo(LocalDate.of(2025, 12, 31))
day.getDayOfWeek() == DayOfWeek.SATURDAY
day.format(DateTimeFormatter.ofPattern("d.M.yy"))
day.format(DateTimeFormatter.ISO_LOCAL_DATE)
LocalDate.parse("2026-02-28").plusDays(1)
LocalDate.parse("nonsense")
LocalDate.of(2026, 2, 30)
at
at.plusHours(20)
at.minusMinutes(10)
at.plusSeconds(5)
at.getHour()
at.toLocalDate()
at.toLocalTime()
at.format(form)
at.format(DateTimeFormatter.ofPattern("EEE, d MMM yyyy h:mm a"))
at.format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS"))
at.isAfter(at.minusDays(1))
at.withHour(0).withMinute(0)
at.truncatedTo(ChronoUnit.DAYS)
LocalDateTime.parse("2026-11-09T08:05:30")
LocalDateTime.parse("09.11.2026 08:05", form)
noon
noon.isBefore(LocalTime.of(13, 30))
LocalTime.of(8, 30, 15)
instant
instant.plusSeconds(60)
instant.toEpochMilli()
instant.getEpochSecond()
Instant.ofEpochMilli(0)
Instant.ofEpochSecond(1762675200L)
instant.isBefore(Instant.ofEpochMilli(0))
date.getTime()
date.before(new Date(0L))
date.after(new Date(0L))
date.toInstant()
zoned
zoned.getHour()
zoned.toInstant()
zoned.plusDays(1)
zoned.withZoneSameInstant(ZoneOffset.of("+02:00"))
span
span.toMinutes()
span.toHours()
span.getSeconds()
span.toMillis()
span.plusMinutes(45)
span.compareTo(Duration.ofHours(1)) > 0
Duration.ofSeconds(3661)
Duration.ofMillis(1500)
Duration.ofDays(2)
Duration.ZERO
Duration.between(at, at.plusHours(3)).toMinutes()
Duration.ofMinutes(-90)
ChronoUnit.DAYS.between(day, LocalDate.of(2026, 3, 1))
ChronoUnit.MONTHS.between(day, LocalDate.of(2026, 3, 30))
ChronoUnit.HOURS.between(at, at.plusMinutes(179))
ChronoUnit.DAYS
o
o.equals("text")
o instanceof String
o instanceof Integer
oi instanceof Integer
oi instanceof String
n instanceof String
(String) o + "!"
((String) o).length()
(String) oi
(Integer) oi + 1
o.toString().length()
o.hashCode()
s.isEmpty() || s.length() > 3
n != null && n.length() > 3
n == null || n.isEmpty()
"yes".equals(n)
n.equals("yes")
i++ + i
++i + i
i-- - --i
(i + j) * 2 - l / 3
(i > 3 && d < 3) ? s.substring(0, i - 2) : "no"
-(i + 1)
1 - -1
2 * (3 + 4) % 5
100 * 1.1
3 * 0.1
1.1 + 2.2
(double) i / 2
(double) (i / 2)
(long) i * most
1.0 * i
5 / 2 * 2.0
5 / 2.0 * 2
(float) 0.1
(float) 0.1 == 0.1
(double) 0.1f
'a' < 98
"" + (char) ('a' + 2)
"" + (int) c
"10" + 5
"10" + 5 * 2
"sum: " + (1 + 2)
"b".compareTo("a") > 0
"é".length()
"a\\b"
"x".equals("x") == true
1 > 2 == false
i == 7 && j == -3
i != 7 || j != -3
Integer.valueOf(1000).equals(1000)
new Integer(5) + 1
"%d items".formatted(3)
"  x ".trim().length()
"áé".toUpperCase()
"İ".length()
"0123456789".substring(3, 6)
"hello".indexOf('l', 3)
"hello".charAt(0) == 'h'
"hello".charAt(0) + "ello"
"hello".replace("l", "")
"2026-11-09".split("-")[0]
Integer.parseInt("2026-11-09".split("-")[1]) + 1
String.valueOf((Object) null)
Long.parseLong("12") * 2
Double.valueOf(3).intValue()
(int) 'z' - 'a'
most + most
Math.abs(-0.0)
5 == 5.0
'a' == 97
10 / 4 == 2
0.1 + 0.2 == 0.3
Double.compare(0.1 + 0.2, 0.3)
(0.1 + 0.2) * 10
1e16 + 1
1.0f + 1e8f
123456.789e3
1.0E-3
1.234567890123E8
new BigDecimal("2.50").add(new BigDecimal("2.5"))
new BigDecimal("1.10").multiply(new BigDecimal("3"))
new BigDecimal("7").divide(new BigDecimal("8"))
new BigDecimal("2.345").setScale(2, RoundingMode.HALF_EVEN)
new BigDecimal("-2.5").setScale(0, RoundingMode.HALF_UP)
new BigDecimal("-2.5").setScale(0, RoundingMode.FLOOR)
new BigDecimal("12.50").stripTrailingZeros().toPlainString()
BigDecimal.ZERO.compareTo(new BigDecimal("0.00")) == 0
(float) most
(float) 123456789
Math.round(l)
Math.round(123456789)
Math.round(2.5f)
Long.MIN_VALUE + Math.max(z, 1000000)
((float) most - (Integer.MAX_VALUE - 1000000)) + (3f + 2.5)
Math.floor(Math.max(3f, l)) % (100L - real)
((none == null) ? most : 3f) % (100L + 'a')
no ? -3 : c
day.hashCode()
p.hashCode()
real.hashCode()
1e17 + 1
9007199254740993.0 + 2
"""


def listed() -> list[str]:
    """The expressions, one a line."""
    return [line for line in EXPRESSIONS.strip().splitlines() if line]


_STATEMENTS = [item.strip() + ";" for item in PRELUDE.split(";") if item.strip()]
_WORD = re.compile(r"[A-Za-z]\w*")


def prelude_for(expression: str) -> str:
    """Of the variables those that the expression needs; quicker to read than all."""
    needed, lines = set(_WORD.findall(expression)), []
    for line in reversed(_STATEMENTS):
        made = line.split(" = ")[0].split()[-1] if " = " in line else line.split(".")[0]
        if made in needed:
            lines.append(line)
            needed |= set(_WORD.findall(line))
    return "\n".join(reversed(lines))


def body(expressions: list[str]) -> str:
    """A body that sends the text of each, or the exception that it ends with; each on fresh variables."""
    steps = [
        f'try {{ {PRELUDE} InfobipAdapterAPI.sendSmsTextMessage("{n}", "" + ({expression})); }}'
        f' catch (Throwable t) {{ InfobipAdapterAPI.sendSmsTextMessage("{n}", "!" + t.getClass().getSimpleName()); }}'
        for n, expression in enumerate(expressions)
    ]
    return "\n".join(steps)


def asked(oracle: str, groups: list[list[str]]) -> list[list[str] | None]:
    """What Java answers to each group of expressions; None where one of the group does not compile."""
    lines = [
        json.dumps({"id": n, "drl": f'{IMPORTS}\nrule "r" when\nthen\n{body(group)}\nend\n', "steps": [{"op": "fire"}]})
        for n, group in enumerate(groups)
    ]
    done = subprocess.run([oracle, "--batch"], input="\n".join(lines), capture_output=True, text=True, check=True)
    answers: list[list[str] | None] = [None] * len(groups)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        sent = [line["args"] for line in told["trace"] if line.get("event") == "send"]
        if len(sent) == len(groups[told["id"]]):
            answers[told["id"]] = [text.split(" | ", 1)[1].rsplit(" | ", 1)[0] for text in sent]
    return answers


def record(oracle: str) -> None:
    """Asks for all, in ever smaller groups where some do not compile, and writes what came."""
    found: dict[str, str] = {}
    groups = [listed()[n : n + 12] for n in range(0, len(listed()), 12)]
    while groups:
        smaller: list[list[str]] = []
        for group, answer in zip(groups, asked(oracle, groups), strict=True):
            if answer is not None:
                found.update(zip(group, answer, strict=True))
            elif len(group) == 1:
                found[group[0]] = "!does not compile"
            else:
                smaller += [[item] for item in group]
        groups = smaller
    text = [
        json.dumps({"expression": expression, "answer": found[expression]}, ensure_ascii=False)
        for expression in listed()
    ]
    ANSWERS.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(sys.argv[1])
