package words;

public final class Words {
    private Words() {}

    public static String greeting(String name) {
        return "Hello, " + name;
    }
}
