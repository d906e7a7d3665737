package javax.annotation;

/** The annotation that generated code has, and Java itself no longer brings. */
public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
