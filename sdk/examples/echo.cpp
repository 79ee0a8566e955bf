/* SPDX-License-Identifier: MIT
 *
 * echo.cpp - a handler in C++17: sends text back in capital letters.
 *
 * What C++ changes: state() wants a static_cast, the fields of CLEAT_HANDLER
 * stand in the order of struct cleat_handler, and no exception may leave a
 * callback, since it was C that called. State begins as zeros and no
 * constructor runs: one with a life of its own is made in on_open and
 * destroyed in on_free.
 *
 *	c++ -shared -fPIC $(pkg-config --cflags cleat) echo.cpp -o capitals.so
 *	{ path = "/capitals"; handler = "capitals"; }
 *
 * Try it: echo hello | cleat connect ws://localhost:8080/capitals
 */
#include <cleat.h>

#include <exception>
#include <new>
#include <string>

namespace
{
struct visitor {
	std::string said;
};

visitor *&
visitor_of(cleat_conn *c)
{
	return *static_cast<visitor **>(cleat->state(c));
}

void
on_open(cleat_conn *c)
{
	visitor_of(c) = new (std::nothrow) visitor;
	if (!visitor_of(c))
		cleat->close(c, 1013, "no memory");
}

void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	try {
		std::string &said = visitor_of(c)->said;

		said.assign(static_cast<const char *>(data), len);
		for (char &letter : said)
			if (letter >= 'a' && letter <= 'z')
				letter = static_cast<char>(letter - 'a' + 'A');
		cleat->send(c, kind, said.data(), said.size());
	} catch (const std::exception &e) {
		cleat->close(c, 1011, "no memory");
	}
}

void
on_free(cleat_conn *c)
{
	delete visitor_of(c);
}
} // namespace

CLEAT_HANDLER("capitals", "1.0", .conn_size = sizeof(visitor *),
    .on_open = on_open, .on_message = on_message, .on_free = on_free)
