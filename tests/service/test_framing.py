"""Framing: where a request ends, however it is cut, and when nobody can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.framing import HEAD_BYTES, Head, Odd, chunks_end, head_of

POST = b"POST / HTTP/1.1\r\n"
PAYLOADS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


def chunked(payloads, extension=b"", trailer=b""):
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in payloads)
    return chunks + b"0\r\n" + trailer + b"\r\n"


class TestHead:
    @pytest.mark.parametrize("size", range(len(POST) + 2))
    def test_more_is_to_come_until_the_blank_line(self, size):
        assert head_of((POST + b"\r\n")[:size]) is None

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (b"", {}),
            (b"Content-Length: 7\r\n", {"length": 7}),
            (b"content-LENGTH:7 \r\n", {"length": 7}),
            (b"Content-Length: 007\r\n", {"length": 7}),
            (b"Content-Length: 7\r\nContent-Length: 7\r\n", {"length": 7}),
            (b"Transfer-Encoding: Chunked\r\n", {"length": None}),
            (b"Content-Length: 7\r\nExpect: 100-Continue\r\n", {"length": 7, "expects": True}),
            (b"Connection: Close\r\n", {"is_last": True}),
            (b"Connection: keep-alive\r\n", {}),
            (b"Content-Encoding: gzip\r\n", {"is_dense": True}),
            (b"Content-Encoding: identity\r\n", {}),
            (b"Content-Type: image/png\r\n", {"is_dense": True}),
            (b"Content-Type: multipart/form-data; boundary=x\r\n", {"is_dense": True}),
            (b"Content-Type: application/json\r\n", {}),
            (b"X-Request-Timeout-Ms: 1500\r\n", {"timeout": 1.5}),
            (b"X-Request-Timeout-Ms: soon\r\n", {}),
            (b"X-Content-Length: 7\r\n", {}),
            (b"X: Content-Length: 7\r\n", {}),
        ],
    )
    def test_it_says_what_is_to_come(self, fields, expected):
        head = POST + fields + b"\r\n"
        assert head_of(head + b"more\r\n\r\n") == Head(**({"size": len(head), "length": 0} | expected))

    def test_http_1_0_is_the_last(self):
        assert head_of(b"GET / HTTP/1.0\r\n\r\n").is_last

    @pytest.mark.parametrize("filling", [b" ", b"\t", b"x ", b"\n"])
    def test_a_long_field_is_read_once(self, filling):
        head = head_of(POST + b"Expect: x" + filling * 400_000 + b"x\r\n\r\n")
        assert not head.expects

    @pytest.mark.parametrize(
        "fields",
        [
            b"Content-Length: -1\r\n",
            b"Content-Length: +1\r\n",
            b"Content-Length: 1, 1\r\n",
            b"Content-Length: \r\n",
            b"Content-Length: 0000000000000000000000005\r\n",
            b"Content-Length: 1\r\nContent-Length: 2\r\n",
            b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ],
    )
    def test_two_minds_about_the_body_are_odd(self, fields):
        with pytest.raises(Odd):
            head_of(POST + fields + b"\r\n")

    @given(st.integers(0, len(POST) + 30), st.integers(0, len(POST) + 30))
    def test_what_was_seen_before_need_not_be_looked_at_again(self, cut, size):
        content = (POST + b"Content-Length: 12\r\n\r\n{}")[:size]
        seen = min(cut, size) if head_of(content[:cut]) is None else 0
        assert head_of(content, seen) == head_of(content)

    def test_one_without_an_end_is_odd(self):
        assert head_of(b"x" * HEAD_BYTES) is None
        with pytest.raises(Odd):
            head_of(b"x" * (HEAD_BYTES + 1))

    def test_an_explanation_is_more_work_than_its_length_says(self):
        assert head_of(b"POST /explain?class=7 HTTP/1.1\r\n\r\n").is_dense
        assert not head_of(b"POST /predict HTTP/1.1\r\n\r\n").is_dense


class TestChunks:
    @given(
        PAYLOADS,
        st.sampled_from([b"", b";a=b", b" ; a"]),
        st.sampled_from([b"", b"X: y\r\n"]),
        st.binary(max_size=9),
    )
    def test_their_end_is_told_with_whatever_follows(self, payloads, extension, trailer, more):
        content = chunked(payloads, extension, trailer)
        assert chunks_end(content + more, 0) == (len(content), True)

    @given(PAYLOADS, st.data())
    def test_it_is_not_told_before_it_is_there_and_going_on_leads_to_it(self, payloads, data):
        content = chunked(payloads)
        cut = data.draw(st.integers(0, len(content) - 1))
        start, whole = chunks_end(content[:cut], 0)
        assert not whole
        assert chunks_end(content, start) == (len(content), True)

    @pytest.mark.parametrize(
        "content",
        [
            b"0\r\n" + b"a: b\r\n" * 3000,
            b"zz\r\n",
            b"-1\r\n",
            b"0x1\r\n",
            b"1_0\r\n",
            b"\r\n",
            b"2\r\n{}xx",
            b"1\n",
            b"1" * 5000,
        ],
    )
    def test_what_is_no_chunk_is_odd(self, content):
        with pytest.raises(Odd):
            chunks_end(content, 0)
