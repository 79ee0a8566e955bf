# Takes one example out of the comments of cleat.h:
#   awk -v name=echo.c -f examples.awk cleat.h
# An example begins with "Example: NAME", its lines with a tab; without a name
# it lists them.
BEGIN { on = 0 }
/^ \* Example: / {
	on = $3 == name
	if (name == "")
		print $3
	next
}
on && /^ \*\t/ { sub(/^ \*\t/, ""); print; next }
on && /^ \*$/ { print ""; next }
{ on = 0 }
