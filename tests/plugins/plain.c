/* SPDX-License-Identifier: MIT
 *
 * plain.c - a shared object that has nothing to do with Cleat.
 */
int plain(void);

int
plain(void)
{
	return 1;
}
